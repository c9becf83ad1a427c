import type { PointInTime } from './point-in-time.ts'

/** What `prune` removes: each part that is named, and nothing else. */
export interface PruneQuery {
  /** Traces whose root started before this time, and replays that did. A trace without a root: none of its spans started later. */
  readonly traces?: { readonly before: PointInTime }
  /** Runs that belong to a time before this one, with all their events. */
  readonly runs?: { readonly before: PointInTime }
}

/**
 * Whom or what `erase` removes. With a context or a run also the traces that the run was recorded in, whole, and with a
 * trace or a session the runs that were recorded in it; replays of a trace go with it.
 */
export type EraseTarget =
  | { readonly context: { readonly kind: string; readonly key: string } }
  | { readonly runId: string }
  | { readonly traceId: string }
  | { readonly sessionId: string }

export interface RemovalOptions {
  /** Counts what would be removed, and removes nothing. Default: false. */
  readonly dryRun?: boolean
}

export interface EraseOptions extends RemovalOptions {
  /**
   * Keeps what was billed as numbers: times, tokens, cost, outcome and thumbs of each run, its config and model, under
   * an id from which the run's own cannot be read, and for a context without a key. Default: false.
   */
  readonly keepTotals?: boolean
}

/** What was removed, or in a dry run would be. */
export interface RemovalReceipt {
  readonly traces: number
  readonly spans: number
  /** Runs that were removed, or of which only numbers are left. */
  readonly runs: number
  /** Events of these runs, and of replays. */
  readonly runEvents: number
  /** Records that waited in an outbox of the same database, or were set aside. */
  readonly waiting: number
  /** What still stands in the way of the last bytes, and what to do. Absent if nothing does. */
  readonly leftover?: string
}
