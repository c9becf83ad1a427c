import type { RunEvent } from '@runtape/core'
import { sameJson } from '@runtape/core/store-helpers'

/** Run events currently sent to the store; one of the three methods reports their result. */
export interface EventBatch {
  readonly events: readonly RunEvent[]
  /** The store has them, except those that it refuses, with reasons. Returns which of those the queue set aside. */
  done(refused?: ReadonlyMap<RunEvent, string>): ReadonlySet<RunEvent>
  /** The store did not accept them: they are queued again. */
  failed(): void
}

/**
 * Result of queueing an event. `safe`: kept as promised. `unsafe`: queued, but lost if the process dies. `repeat`,
 * `unsafe-repeat`: the same event is already queued. `conflict`: another value with the same identity is queued, and stands.
 * `full`: not kept.
 */
export type Pushed = 'safe' | 'unsafe' | 'repeat' | 'unsafe-repeat' | 'conflict' | 'full'

/** Run events on their way to the store. They are billing data: a queue never drops an accepted event. */
export interface EventQueue {
  push(event: RunEvent): Pushed
  /** The oldest events: at most `count`. */
  take(count: number): EventBatch
  size(): number
  /** Why events cannot be kept or read where they are queued, until that works again. */
  problem?(): string | undefined
  notes?(): readonly string[]
}

/** Events queued only in memory: one per identity, up to a limit. */
export class MemoryEvents implements EventQueue {
  readonly #acknowledges: boolean
  readonly #most: number
  /** All queued events, including those being sent. */
  readonly #known = new Map<string, RunEvent>()
  #waiting: RunEvent[] = []
  #head = 0

  /**
   * @param acknowledges whether queueing in memory is all that was promised: a remote store without an outbox
   * @param most events beyond this number are refused; accepted ones are never dropped for them.
   */
  constructor(acknowledges: boolean, most: number) {
    this.#acknowledges = acknowledges
    this.#most = most
  }

  push(event: RunEvent): Pushed {
    const identity = identityOf(event)
    const known = this.#known.get(identity)
    if (known && !sameJson(known.value, event.value)) return 'conflict'
    if (known) return this.#acknowledges ? 'repeat' : 'unsafe-repeat'
    if (this.#known.size >= this.#most) return 'full'
    this.#known.set(identity, event)
    this.#waiting.push(event)
    return this.#acknowledges ? 'safe' : 'unsafe'
  }

  take(count: number): EventBatch {
    const events = this.#waiting.slice(this.#head, this.#head + count)
    this.#head += events.length
    this.#compact()
    return {
      events,
      done: () => {
        for (const event of events) this.#known.delete(identityOf(event))
        return none
      },
      failed: () => {
        this.#waiting = [...events, ...this.#waiting.slice(this.#head)]
        this.#head = 0
      },
    }
  }

  size(): number {
    return this.#waiting.length - this.#head
  }

  notes(): readonly string[] {
    const waiting = this.#known.size
    if (!this.#acknowledges || waiting === 0) return []
    return [
      `${waiting} run event${waiting === 1 ? ' waits' : 's wait'} in memory only, and would be lost if this process were killed. Pass an outbox to createRecorder, such as sqliteOutbox("runtape-outbox.db").`,
    ]
  }

  // Occasionally, so that taking from the front stays cheap and memory is freed.
  #compact(): void {
    if (this.#head < 1024 || this.#head * 2 < this.#waiting.length) return
    this.#waiting = this.#waiting.slice(this.#head)
    this.#head = 0
  }
}

const none: ReadonlySet<RunEvent> = new Set()

const identityOf = ({ runId, metric, replay }: RunEvent): string =>
  JSON.stringify([runId, metric, replay?.traceId])
