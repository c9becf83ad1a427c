import type { PointInTime } from './point-in-time.ts'

/**
 * A point in a store's history, as `store.revision` returns it. Reads as of the same revision are consistent with
 * each other and repeatable.
 */
export type Revision = string

/** Part of every read. */
export interface AsOf {
  /**
   * The state to read: as of a revision of this store, or as of a time of receipt. Reading a past time closes it: nothing
   * is added to it later. Default: everything received so far.
   */
  readonly asOf?: Revision | PointInTime
}

/** A record that is neither a run event nor a span, by its own id. */
export interface ChangedRecord {
  readonly kind: 'test-run' | 'item' | 'verdict' | 'cohort' | 'review' | 'view' | 'budget'
  readonly id: string
}
