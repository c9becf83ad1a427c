import { type Logger, messageOf, type Outbox, type RunEvent, warnSafely } from '@runtape/core'
import { type EventBatch, type EventQueue, MemoryEvents } from './event-queue.ts'

/**
 * Events that wait on disk, in an outbox that other processes of this machine may share. What the outbox cannot take
 * (a full disk) waits in memory, and the caller is told that it is not safe there.
 */
export class OutboxEvents implements EventQueue {
  readonly #outbox: Outbox
  readonly #logger: Logger
  readonly #leaseMs: number
  readonly #unsafe = new MemoryEvents(false)

  constructor(outbox: Outbox, logger: Logger, leaseMs: number) {
    this.#outbox = outbox
    this.#logger = logger
    this.#leaseMs = leaseMs
  }

  push(event: RunEvent): boolean {
    try {
      this.#outbox.put([event])
      return true
    } catch (error) {
      warnSafely(
        this.#logger,
        `The outbox cannot keep ${event.metric} of run ${event.runId}: ${messageOf(error)} It waits in memory.`,
      )
      return this.#unsafe.push(event)
    }
  }

  take(count: number): EventBatch {
    const unsafe = this.#unsafe.take(count)
    const leased = this.#lease(count - unsafe.events.length)
    const ids = leased.map(({ id }) => id)
    return {
      events: [...unsafe.events, ...leased.map(({ event }) => event)],
      done: () => this.#settle(() => this.#outbox.acknowledge(ids)),
      failed: () => {
        unsafe.failed()
        this.#settle(() => this.#outbox.release(ids))
      },
    }
  }

  size(): number {
    try {
      return this.#unsafe.size() + this.#outbox.size()
    } catch {
      return this.#unsafe.size()
    }
  }

  #lease(count: number) {
    try {
      return count > 0 ? this.#outbox.lease(count, this.#leaseMs) : []
    } catch (error) {
      warnSafely(this.#logger, `The outbox cannot be read: ${messageOf(error)} What it holds is sent later.`)
      return []
    }
  }

  // What is not marked now is sent once more when its lease is over, and is a duplicate then: harmless.
  #settle(mark: () => void): void {
    try {
      mark()
    } catch (error) {
      warnSafely(this.#logger, `The outbox could not be brought up to date: ${messageOf(error)}`)
    }
  }
}
