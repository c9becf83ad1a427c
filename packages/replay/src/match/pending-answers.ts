import { monotonicNow } from '@runtape/core/internal'
import { ownTimer } from '../timers/active-resources.ts'
import type { OrderedEnds } from './completion-order.ts'

interface Pending {
  readonly order: number
  readonly end: () => void
  /** Absent once it is a miss. */
  miss: (() => boolean) | undefined
}

/**
 * Answers that stay pending: of calls that had not ended, or that waited for their signal. The recorded code continued meanwhile.
 * If the replayed code does nothing else, it waits for one of them, and that is a miss.
 */
export class PendingAnswers {
  readonly #ends: OrderedEnds
  readonly #knowsTimers: boolean
  readonly #longestMs: number
  #answers: Pending[] = []
  #isWatched = false
  #isStopped = false

  /**
   * @param ends the starts and ends so far
   * @param knowsTimers whether `ends` includes the code's timers
   * @param recordedMs duration of the recorded root
   */
  constructor(ends: OrderedEnds, knowsTimers: boolean, recordedMs: number) {
    this.#ends = ends
    this.#knowsTimers = knowsTimers
    this.#longestMs = Math.min(2 * recordedMs + 1000, longestWaitMs)
  }

  /**
   * @param order of its call among those of the item
   * @param end ends its span; called when the item is over
   * @param miss makes the answer a miss; returns false if it is no longer pending
   */
  add(order: number, end: () => void, miss?: () => boolean): void {
    this.#answers.push({ order, end, miss })
    if (!this.#isWatched && miss) this.#look(0, this.#ends.events)
  }

  /** Call when the code has ended: it waits for none of them any more. */
  stop(): void {
    this.#isStopped = true
  }

  /** Call when the item is over. */
  endAll(): void {
    for (const { end } of this.#answers.splice(0)) end()
  }

  #look(still: number, events: number): void {
    this.#isWatched = true
    ownTimer(lookMs, () => {
      this.#isWatched = false
      if (this.#isStopped || !this.#answers.some(({ miss }) => miss)) return
      const isStill = this.#isStill(this.#ends.events !== events)
      if (isStill && still >= stillLooks) this.#missLatest()
      else this.#look(isStill ? still + 1 : 0, this.#ends.events)
    })
  }

  // Unreferenced timers do not show in it. The code's timers are known, unless it runs in recorded time. They may repeat for
  // ever, so the wait is limited to the recorded duration.
  #isStill(isChanged: boolean): boolean {
    if (!this.#ends.isStill()) return false
    if (this.#knowsTimers && !isChanged && !this.#ends.hasTimers) return true
    return !(monotonicNow() - this.#ends.began < this.#longestMs)
  }

  // The blocked code made this call last. It may not be waiting for the others.
  #missLatest(): void {
    const [latest] = this.#answers.filter(({ miss }) => miss).sort((a, b) => b.order - a.order)
    if (!latest) return
    const { miss } = latest
    latest.miss = undefined
    if (miss?.()) this.#look(0, this.#ends.events)
    else this.#missLatest()
  }
}

const lookMs = 20
const stillLooks = 10
const longestWaitMs = 600_000
