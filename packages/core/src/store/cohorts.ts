import type { Payload } from '../records/records.ts'
import type { ListQuery, Page } from './lists.ts'
import type { TraceSummary } from './traces.ts'

/** A trace in a cohort. */
export interface CohortEntry {
  readonly traceId: string
  /** The output that a reviewer expects, encoded as outputs are on the tape. */
  readonly expected?: Payload
  readonly note?: string
}

/** An entry as a store returns it. */
export interface CohortItem extends CohortEntry {
  /** The root of the trace. Absent if the trace is no longer on the tape: then the entry has no `expected` and no `note`. */
  readonly trace?: TraceSummary
}

/** One change of a cohort. The first version is 1. */
export interface CohortVersion {
  readonly version: number
  /** When it was made, in milliseconds since the Unix epoch. */
  readonly at: number
  readonly by?: string
  readonly comment?: string
  /** Number of traces in this version. */
  readonly size: number
  readonly added: number
  /** Entries with another `expected` or `note`. */
  readonly changed: number
  readonly removed: number
}

/** A named list of traces, at a version. */
export interface Cohort extends CohortVersion {
  readonly name: string
  /** Number of traces of this version that are no longer on the tape. */
  readonly gone: number
}

/** What to put into a cohort. The fields that are not given keep their values. */
export interface CohortPut {
  readonly traceId: string
  /** `null` removes it. */
  readonly expected?: Payload | null
  /** `null` removes it. */
  readonly note?: string | null
}

/** A change of a cohort. All of it becomes one new version; a change without effect makes none. */
export interface CohortChange {
  /** Traces to add at the end, or to change in place. They must be on the tape. */
  readonly put?: readonly CohortPut[]
  /** Traces to remove. */
  readonly remove?: readonly string[]
  /** The author. */
  readonly by?: string
  readonly comment?: string
  /** The version that the author saw: the change is refused (`version-conflict`) if there is a newer one. Default: merge. */
  readonly ifVersion?: number
}

/** A page of cohorts, versions or entries. */
export type CohortPageQuery = Pick<ListQuery, 'limit' | 'cursor'>

export interface CohortEntryQuery extends CohortPageQuery {
  /** Only this trace. */
  readonly traceId?: string
}

/**
 * Cohorts: named, versioned lists of traces. Readers take a name, for the newest version, or a name with a version:
 * `bad-refunds@3`. Old versions stay readable. Changes made at the same time are merged, each as its own version.
 */
export interface Cohorts {
  /** @throws {RuntapeError} `invalid-option` if the name is invalid or taken, or a trace is not on the tape */
  create(name: string, change?: Omit<CohortChange, 'remove' | 'ifVersion'>): Promise<Cohort>
  /** @throws {RuntapeError} `invalid-option` for an unknown cohort or trace, `version-conflict` */
  change(name: string, change: CohortChange): Promise<Cohort>
  get(cohort: string): Promise<Cohort | undefined>
  /** By name, each at its newest version. */
  list(query?: CohortPageQuery): Promise<Page<Cohort>>
  /** Newest first. */
  versions(name: string, query?: CohortPageQuery): Promise<Page<CohortVersion>>
  /** In the order in which they were added. All pages are of the version of the first. */
  entries(cohort: string, query?: CohortEntryQuery): Promise<Page<CohortItem>>
  /** Removes all versions. Resolves to whether there was one. The versions of a later cohort of this name continue. */
  remove(name: string): Promise<boolean>
}
