import type { Logger, RunEvent } from '@runtape/core'
import { type LeasedEvent, messageOf, type Outbox, warnSafely } from '@runtape/core/internal'
import type { RecorderLimits } from '../limits.ts'
import { type EventBatch, type EventQueue, MemoryEvents, type Pushed } from './event-queue.ts'

/**
 * Events queued on disk, in an outbox that other processes of this machine may share. Events that the outbox cannot keep (a full
 * disk) are queued in memory, and the caller learns that they are not safe there.
 */
export class OutboxEvents implements EventQueue {
  readonly #outbox: Outbox
  readonly #logger: Logger
  readonly #leaseMs: number
  readonly #unsafe: MemoryEvents
  #problem: string | undefined

  constructor(outbox: Outbox, logger: Logger, { leaseMs, maxRunEvents }: RecorderLimits) {
    this.#outbox = outbox
    this.#logger = logger
    this.#leaseMs = leaseMs
    this.#unsafe = new MemoryEvents(false, maxRunEvents)
  }

  push(event: RunEvent): Pushed {
    try {
      this.#outbox.put([event])
      this.#problem = undefined
      return 'safe'
    } catch (error) {
      const what = `The outbox cannot keep ${event.metric} of run ${event.runId}`
      this.#fail(what, error, 'It waits in memory.')
      return this.#unsafe.push(event)
    }
  }

  take(count: number): EventBatch {
    const unsafe = this.#unsafe.take(count)
    const leased = this.#lease(count - unsafe.events.length)
    const ids = leased.map(({ id }) => id)
    const setAside = (refused: ReadonlyMap<RunEvent, string>) =>
      leased.flatMap(({ id, event }) => {
        const reason = refused.get(event)
        return reason === undefined ? [] : [{ id, reason }]
      })
    return {
      events: [...unsafe.events, ...leased.map(({ event }) => event)],
      done: (refused = new Map()) => {
        unsafe.done()
        this.#settle(() => {
          const apart = setAside(refused)
          if (apart.length > 0) this.#outbox.setAside(apart)
          this.#outbox.acknowledge(ids)
        })
        return new Set(leased.map(({ event }) => event).filter(event => refused.has(event)))
      },
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

  problem(): string | undefined {
    return this.#problem
  }

  notes(): readonly string[] {
    return this.#outbox.notes?.() ?? []
  }

  #lease(count: number): readonly LeasedEvent[] {
    if (count <= 0) return []
    try {
      const leased = this.#outbox.lease(count, this.#leaseMs)
      this.#problem = undefined
      return leased
    } catch (error) {
      this.#fail('The outbox cannot be read', error, 'Its contents are sent later.')
      return []
    }
  }

  #fail(what: string, error: unknown, next: string): void {
    this.#problem = messageOf(error)
    warnSafely(this.#logger, `${what}: ${this.#problem} ${next}`)
  }

  // Unmarked events are sent again when their lease expires; the store counts them as duplicates.
  #settle(mark: () => void): void {
    try {
      mark()
    } catch (error) {
      warnSafely(this.#logger, `Cleaning up the outbox failed: ${messageOf(error)}`)
    }
  }
}
