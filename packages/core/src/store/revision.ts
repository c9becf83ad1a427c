import type { PointInTime } from './point-in-time.ts'

/**
 * A point in a store's history, as `store.revision` returns it. Reads as of the same revision are consistent with
 * each other and repeatable.
 */
export type Revision = string

/** Part of every read of what is recorded. */
export interface AsOf {
  /**
   * The state to read: as of a revision of this store, or as of a time of receipt. Reading a past time closes it: nothing
   * is added to it later. Default: everything received so far.
   */
  readonly asOf?: Revision | PointInTime
}

/** Part of reads that are always of now: they refuse `asOf` (`invalid-option`). */
export interface OfNow {
  readonly asOf?: never
}

/** What changed, where it is neither a run nor a trace. */
export interface ChangedRecord {
  readonly kind: 'test-run' | 'item' | 'verdict' | 'cohort' | 'review' | 'view' | 'budget' | 'health'
  /** Id of a test run (also of an item or verdict) or review; name of a cohort, view or budget; empty for `health`. */
  readonly id: string
}
