import type { PointInTime } from './point-in-time.ts'

/**
 * A point in a store's history, as `store.revision` returns it. Reads as of the same revision agree with each other,
 * and return the same whenever they are made.
 */
export type Revision = string

/** Part of every read. */
export interface AsOf {
  /**
   * What the store knew then: at a revision of this store, or at a time of receipt. Asking for a past time closes it:
   * nothing is added to it later. Default: everything received so far.
   */
  readonly asOf?: Revision | PointInTime
}

/** A record that is neither a run event nor a span, by its own id. */
export interface ChangedRecord {
  readonly kind: 'test-run' | 'item' | 'verdict' | 'cohort' | 'review' | 'view' | 'budget'
  readonly id: string
}
