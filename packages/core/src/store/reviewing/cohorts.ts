import type { Payload } from '../../records/records.ts'
import type { ListQuery, Page } from '../lists.ts'
import type { AsOf } from '../revision.ts'
import type { TraceSummary } from '../traces/traces.ts'

/** A trace in a cohort. */
export interface CohortEntry {
  readonly traceId: string
  /** The output that a reviewer expects, encoded like recorded outputs. */
  readonly expected?: Payload
  readonly note?: string
}

/** An entry as a store returns it. */
export interface CohortItem extends CohortEntry {
  /** The root of the trace. Absent if the trace is no longer on the tape; `expected` and `note` are then absent, too. */
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
  /** Number of entries whose `expected` or `note` changed. */
  readonly changed: number
  readonly removed: number
}

/** A named list of traces, at a version. */
export interface Cohort extends CohortVersion {
  readonly name: string
  /** Number of traces of this version that are no longer on the tape. */
  readonly gone: number
}

/** An entry to add or change. Fields that are not given keep their values. */
export interface CohortPut {
  readonly traceId: string
  /** `null` removes it. */
  readonly expected?: Payload | null
  /** `null` removes it. */
  readonly note?: string | null
}

/** A change of a cohort. It becomes one new version; a change without effect makes none. */
export interface CohortChange {
  /** Traces to add at the end, or to change in place. They must be on the tape. */
  readonly put?: readonly CohortPut[]
  /** Traces to remove. */
  readonly remove?: readonly string[]
  /** The author. */
  readonly by?: string
  readonly comment?: string
  /** The version that the author saw. A newer one refuses the change (`version-conflict`). Default: the change is merged. */
  readonly ifVersion?: number
}

/** A page of cohorts, versions or entries. */
export type CohortPageQuery = Pick<ListQuery, 'limit' | 'cursor' | 'asOf'>

export interface CohortEntryQuery extends CohortPageQuery {
  /** Only this trace. */
  readonly traceId?: string
}

/**
 * Cohorts: named, versioned lists of traces. A reader passes a name for the newest version, or `bad-refunds@3`
 * for version 3. Old versions stay readable. Concurrent changes are all kept, each as its own version. As of a revision, a
 * cohort has the versions made by then; a removed cohort is at no revision any more.
 */
export interface Cohorts {
  /** @throws {RuntapeError} `invalid-option` if the name is invalid or taken, or a trace is not on the tape */
  create(name: string, change?: Omit<CohortChange, 'remove' | 'ifVersion'>): Promise<Cohort>
  /** @throws {RuntapeError} `invalid-option` for an unknown cohort or trace, `version-conflict` */
  change(name: string, change: CohortChange): Promise<Cohort>
  get(cohort: string, options?: AsOf): Promise<Cohort | undefined>
  /** In the order of names, each at its newest version. */
  list(query?: CohortPageQuery): Promise<Page<Cohort>>
  /**
   * Newest first.
   *
   * @throws {RuntapeError} `invalid-option` for an unknown cohort
   */
  versions(name: string, query?: CohortPageQuery): Promise<Page<CohortVersion>>
  /**
   * In the order in which they were added. All pages show the version of the first page.
   *
   * @throws {RuntapeError} `invalid-option` for an unknown cohort or version
   */
  entries(cohort: string, query?: CohortEntryQuery): Promise<Page<CohortItem>>
  /** Removes all versions. Resolves to whether the cohort existed. A later cohort of this name continues the numbering. */
  remove(name: string): Promise<boolean>
}
