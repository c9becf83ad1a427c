import type { PointInTime } from './point-in-time.ts'
import type { RunFilter } from './runs.ts'
import type { Revision, UsageDimension } from './usage.ts'

/** What runs have values of, to be counted. */
export type FacetField =
  | Exclude<UsageDimension, 'bucket' | 'hour' | 'day' | 'month'>
  /** The message of the error that a run ended with, or its name where it has no message. */
  | 'error'
  /** The comment of its feedback. */
  | 'comment'

/** Which values `runs.facets` counts, and of which runs. */
export interface FacetQuery extends RunFilter {
  readonly field: FacetField
  /** At most so many values. Default: 20. */
  readonly limit?: number
  /** The runs as they were known then, as in `usage`. */
  readonly asOf?: Revision | PointInTime
}

/** A value, and the number of runs that have it. */
export interface FacetValue {
  readonly value: string
  readonly runs: number
}

/** The values of a field, those of most runs first and equal ones in the order of their texts. */
export interface Facets {
  readonly values: readonly FacetValue[]
  /** Values beyond the limit, and the runs that have them. Absent if there are none. */
  readonly others?: { readonly values: number; readonly runs: number }
}
