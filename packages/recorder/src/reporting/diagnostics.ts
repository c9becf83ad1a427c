import type { CallValue, RunEvent } from '@runtape/core'
import { realNow } from '@runtape/core/internal'
import type { AppendReceipt } from '@runtape/core/store'

/** State of a recorder: queued, kept and lost records, and why nothing is written. */
export interface RecorderDiagnostics {
  /** Records waiting for the store; run events in an outbox include those of other processes that share it. */
  readonly queued: { readonly runEvents: number; readonly spans: number }
  /** Since the recorder was created, as reported by the store. */
  readonly accepted: number
  /** Sent again with the same value: harmless. */
  readonly duplicates: number
  /** Sent again with another value: rejected. */
  readonly conflicts: number
  /** Spans dropped because memory was full. Run events are never dropped. */
  readonly droppedSpans: number
  /**
   * Successful calls of runs without usable usage: their tokens are not in the bill. Providers warn about them once per host and
   * form of usage.
   */
  readonly unknownUsageCalls: number
  /** Calls of runs with partly impossible usage: the bill has the certain part. Warned about in the same way. */
  readonly doubtfulUsageCalls: number
  /** Records that are invalid, or that the store refused for good. */
  readonly rejected: number
  /** Records that could not be written even alone and were set aside: see `runtape set-aside`. Since the recorder was created. */
  readonly setAside: number
  /** The last record that was set aside, with the reason. */
  readonly lastSetAside?: string
  /** Run events refused because memory was full: `append` returned `false`. */
  readonly refusedRunEvents: number
  /** When the store last accepted a record, in milliseconds since the Unix epoch. */
  readonly lastAcceptedAt?: number
  /** The store's last failure, until it succeeds again. */
  readonly failing?: { readonly message: string; readonly since: number; readonly attempts: number }
  /** Why the outbox could not keep or return events, until it can again: they wait in memory or on disk. */
  readonly outboxProblem?: string
  /**
   * Messages for an operator about the files of the store and the outbox, for example that one was replaced. Absent if there are
   * none.
   */
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

  /** Counts unknown usage reported by an event. */
  observe({ metric, value, replay }: RunEvent): void {
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
