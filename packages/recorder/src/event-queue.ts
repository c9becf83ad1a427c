import type { RunEvent } from '@runtape/core'

/** Run events that are with the store just now; one of the two says what became of them. */
export interface EventBatch {
  readonly events: readonly RunEvent[]
  /** The store has them. */
  done(): void
  /** The store did not take them: they wait again. */
  failed(): void
}

/** Run events on their way to the store. They are billing data: a queue never drops one. */
export interface EventQueue {
  /** True when the event is kept as well as was promised. */
  push(event: RunEvent): boolean
  /** The oldest events: at most `count`. */
  take(count: number): EventBatch
  size(): number
  /** Why events cannot be kept or read where they wait, until that works again. */
  problem?(): string | undefined
}

/** Events that wait in memory alone. */
export class MemoryEvents implements EventQueue {
  readonly #acknowledges: boolean
  #events: RunEvent[] = []

  /** @param acknowledges whether waiting in memory is all that was promised: a remote store without an outbox. */
  constructor(acknowledges: boolean) {
    this.#acknowledges = acknowledges
  }

  push(event: RunEvent): boolean {
    this.#events.push(event)
    return this.#acknowledges
  }

  take(count: number): EventBatch {
    const events = this.#events.slice(0, count)
    this.#events = this.#events.slice(count)
    const failed = () => {
      this.#events = [...events, ...this.#events]
    }
    return { events, done: () => {}, failed }
  }

  size(): number {
    return this.#events.length
  }
}
