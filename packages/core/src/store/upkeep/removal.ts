import type { PointInTime } from '../point-in-time.ts'

/** What `prune` removes: only the named parts. */
export interface PruneQuery {
  /**
   * Removes traces and replays whose root started before this time. A trace without a root is removed if none of its spans
   * started later.
   */
  readonly traces?: { readonly before: PointInTime }
  /** Removes runs before this time, with all their events. */
  readonly runs?: { readonly before: PointInTime }
}

/**
 * What `erase` removes. A context or a run also removes the whole traces in which the run was recorded. A trace or a
 * session also removes the runs recorded in it. Replays of a trace are removed with it.
 */
export type EraseTarget =
  | { readonly context: { readonly kind: string; readonly key: string } }
  | { readonly runId: string }
  | { readonly traceId: string }
  | { readonly sessionId: string }

/** Options of `prune` and `erase`. */
export interface RemovalOptions {
  /** Counts what would be removed, and removes nothing. Default: false. */
  readonly dryRun?: boolean
}

/** Options of `erase`. */
export interface EraseOptions extends RemovalOptions {
  /**
   * Keeps the billed numbers: times, tokens, cost, outcome and feedback kind of each run, its config and model. They
   * are stored under a new id, from which the run's id cannot be derived, and without the key of a context. Default:
   * false.
   */
  readonly keepTotals?: boolean
}

/** Counts of removed records; in a dry run, of records that would be removed. */
export interface RemovalReceipt {
  readonly traces: number
  readonly spans: number
  /** Runs that were removed or reduced to numbers. */
  readonly runs: number
  /** Events of these runs, and of replays. */
  readonly runEvents: number
  /** Records in an outbox of the same database, or set aside. */
  readonly waiting: number
  /** What still prevents removing the last bytes, and what to do. Absent if nothing does. */
  readonly leftover?: string
  /**
   * What no query returns any more, but stays in files of a server until it uses their space again, and how to remove it at
   * once. Absent if nothing does.
   */
  readonly inFiles?: string
}
