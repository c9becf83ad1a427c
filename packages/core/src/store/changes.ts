import { tombstoneOf } from '../runs/erased-run.ts'
import type { PointInTime } from './point-in-time.ts'
import type { AsOf, ChangedRecord, Revision } from './revision.ts'

/** Something that changed: read it again, or drop it if it was removed. */
export interface Change {
  /**
   * `run`: events or a price of a live run arrived. `trace`: spans arrived. `budget`: also when it was crossed. `health`: a
   * count grew.
   */
  readonly kind: ChangedRecord['kind'] | 'run' | 'trace'
  /**
   * Id of the run, trace, test run (also for an item or verdict) or review; name of the cohort, view or budget; empty for
   * `health`. If it was removed, its `removalMark`, because a store keeps no name of what was erased.
   */
  readonly id: string
  /**
   * Whether it was removed. With a run or trace go its items, verdicts, reviews, and entries in cohorts: they are not reported
   * separately.
   */
  readonly isRemoved?: true
}

/** Which changes to return. */
export interface ChangesQuery extends AsOf {
  /** A revision, usually that of the page before, or a time of receipt. Changes that it covers are left out. */
  readonly since: Revision | PointInTime
  /** 1 to 1000. Default: 100. */
  readonly limit?: number
  /** Default: all. Keep them from page to page: a page covers only these. */
  readonly kinds?: readonly Change['kind'][]
}

/** A page of changes, in the order in which the store received them: to the millisecond, and exactly for each record. */
export interface Changes {
  /** Each record once per page, however often it changed. */
  readonly items: readonly Change[]
  /** The page covers all changes up to here. Pass it as `since` for the next page. */
  readonly revision: Revision
  /** Whether more changes had been received before the page was read. A page can be empty and have more after it. */
  readonly hasMore: boolean
}

/** The id of a removed record in `Change`: compare it with the marks of the records that you have. */
export const removalMark = (kind: Change['kind'], id: string): string => tombstoneOf(kind, id)
