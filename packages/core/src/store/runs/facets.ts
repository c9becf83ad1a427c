import type { AsOf } from '../revision.ts'
import type { RunFilter } from './runs.ts'
import type { UsageDimension } from './usage.ts'

/** A field whose values are counted. */
export type FacetField =
  | Exclude<UsageDimension, 'bucket' | 'hour' | 'day' | 'month'>
  /** The message of the error that the run ended with, or the error's name if it has no message. */
  | 'error'
  /** The comment of the run's feedback. */
  | 'comment'

/** Which values `runs.facets` counts, and of which runs. */
export interface FacetQuery extends RunFilter, AsOf {
  readonly field: FacetField
  /** Maximum number of values. Default: 20. */
  readonly limit?: number
}

/** A value, and the number of runs that have it. */
export interface FacetValue {
  readonly value: string
  readonly runs: number
}

/** The values of a field, most frequent first; equally frequent ones by their text. */
export interface Facets {
  readonly values: readonly FacetValue[]
  /** Values beyond the limit, and the number of runs with such a value. Absent if there are none. */
  readonly others?: { readonly values: number; readonly runs: number }
}
