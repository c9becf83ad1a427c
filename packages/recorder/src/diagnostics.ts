import type { AppendReceipt, CallValue, RunEvent } from '@runtape/core'
import { realNow } from '@runtape/core/internal'

/** How a recorder is doing: what waits, what was kept, what was lost, and why nothing arrives. */
export interface RecorderDiagnostics {
  /** Waiting for the store; run events in an outbox include those of other processes that share it. */
  readonly queued: { readonly runEvents: number; readonly spans: number }
  /** Since the recorder was made, by the store's word. */
  readonly accepted: number
  /** Sent again with the same value: harmless. */
  readonly duplicates: number
  /** Sent again with another value: kept out. */
  readonly conflicts: number
  /** Spans that were dropped because memory was full. Run events never are. */
  readonly droppedSpans: number
  /**
   * Calls of runs that succeeded and told no usage that is understood: their tokens are not in the bill. The providers
   * warn of them once for each host and shape.
   */
  readonly unknownUsageCalls: number
  /** Calls of runs whose usage cannot be right in every part: what is certain is in the bill. Warned of in the same way. */
  readonly doubtfulUsageCalls: number
  /** Records that no store takes, because they are not valid, and such that the store refused for good. */
  readonly rejected: number
  /** Records that alone could not be written and are kept apart: see `runtape set-aside`. Since the recorder was made. */
  readonly setAside: number
  /** The last one of them, and why. */
  readonly lastSetAside?: string
  /** Run events that were refused because memory was full: `append` returned `false`. */
  readonly refusedRunEvents: number
  /** When the store last took something, in milliseconds since the Unix epoch. */
  readonly lastAcceptedAt?: number
  /** The store's last failure, until it succeeds again. */
  readonly failing?: { readonly message: string; readonly since: number; readonly attempts: number }
  /** Why the outbox could not keep or give out events, until it can again: they wait in memory, or on the disk. */
  readonly outboxProblem?: string
  /** What an operator should know of the store's file and the outbox's: that it was replaced, for instance. Absent if nothing. */
  readonly notes?: readonly string[]
  readonly closed: boolean
}

/** Counts what the store answered. */
export class Tallies {
  accepted = 0
  duplicates = 0
  conflicts = 0
  rejected = 0
  unknownUsageCalls = 0
  doubtfulUsageCalls = 0
  setAside = 0
  lastSetAside: string | undefined
  refusedRunEvents = 0
  lastAcceptedAt: number | undefined
  failing: { message: string; since: number; attempts: number } | undefined

  add({ accepted, duplicates, conflicts }: AppendReceipt): void {
    this.accepted += accepted
    this.duplicates += duplicates
    this.conflicts += conflicts
    this.lastAcceptedAt = realNow()
    this.failing = undefined
  }

  /** Counts what an event says of unknown usage. */
  see({ metric, value, replay }: RunEvent): void {
    if (replay || !metric.startsWith('call:')) return
    const { status, usage, isDoubtful } = (value ?? {}) as Partial<CallValue>
    if (isDoubtful) this.doubtfulUsageCalls++
    if (status === 'success' && usage === undefined) this.unknownUsageCalls++
  }

  /** True for the first failure since the store last worked. */
  fail(message: string): boolean {
    if (this.failing) {
      Object.assign(this.failing, { message, attempts: this.failing.attempts + 1 })
      return false
    }
    this.failing = { message, since: realNow(), attempts: 1 }
    return true
  }
}
