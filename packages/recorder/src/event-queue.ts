import type { RunEvent } from '@runtape/core'
import { sameJson } from '@runtape/core/store-helpers'

/** Run events that are with the store just now; one of the three says what became of them. */
export interface EventBatch {
  readonly events: readonly RunEvent[]
  /** The store has them, but for those that it refuses, and why. Returns which of these the queue keeps apart. */
  done(refused?: ReadonlyMap<RunEvent, string>): ReadonlySet<RunEvent>
  /** The store did not take them: they wait again. */
  failed(): void
}

/**
 * What became of an event. `safe`: kept as well as was promised. `unsafe`: it waits, and is lost if the process dies.
 * `repeat`, `unsafe-repeat`: the same waits already, so that nothing came in. `conflict`: one of its identity waits with
 * another value, which stands. `full`: not kept.
 */
export type Pushed = 'safe' | 'unsafe' | 'repeat' | 'unsafe-repeat' | 'conflict' | 'full'

/** Run events on their way to the store. They are billing data: a queue never drops one that it has taken. */
export interface EventQueue {
  push(event: RunEvent): Pushed
  /** The oldest events: at most `count`. */
  take(count: number): EventBatch
  size(): number
  /** Why events cannot be kept or read where they wait, until that works again. */
  problem?(): string | undefined
  notes?(): readonly string[]
}

/** Events that wait in memory alone: one of each identity, and at most so many. */
export class MemoryEvents implements EventQueue {
  readonly #acknowledges: boolean
  readonly #most: number
  /** What waits and what is with the store. */
  readonly #known = new Map<string, RunEvent>()
  #waiting: RunEvent[] = []
  #head = 0

  /**
   * @param acknowledges whether waiting in memory is all that was promised: a remote store without an outbox.
   * @param most events beyond it are refused: what was taken is never dropped for them.
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

  // Now and then, so that taking from the front stays cheap and memory is given back.
  #compact(): void {
    if (this.#head < 1024 || this.#head * 2 < this.#waiting.length) return
    this.#waiting = this.#waiting.slice(this.#head)
    this.#head = 0
  }
}

const none: ReadonlySet<RunEvent> = new Set()

const identityOf = ({ runId, metric, replay }: RunEvent): string =>
  JSON.stringify([runId, metric, replay?.traceId])
