/** How a recorder is doing: what waits, what was kept, what was lost, and why nothing arrives. */
export interface RecorderDiagnostics {
  /** Waiting for the store. */
  readonly queued: { readonly runEvents: number; readonly spans: number }
  readonly accepted: number
  /** Sent again with the same value: harmless. */
  readonly duplicates: number
  /** Sent again with another value: kept out. */
  readonly conflicts: number
  /** Spans that were dropped because memory was full. Run events never are. */
  readonly droppedSpans: number
  /** The store's last failure, until it succeeds again. */
  readonly failing?: { readonly message: string; readonly since: number; readonly attempts: number }
}

/** Counts what the store answered. */
export class Tallies {
  accepted = 0
  duplicates = 0
  conflicts = 0
  failing: { message: string; since: number; attempts: number } | undefined
}
