import type { OutcomeValue } from '@runtape/core'
import { type IterationEnd, type IterationObserver, summarizeError } from '@runtape/core/internal'
import type { Clock } from './clock.ts'

/** What is known of the calls of a scope since its function returned. */
export interface CallsSince {
  /** How the last one ended; absent when none has. */
  readonly last: OutcomeValue | undefined
  readonly hasCancelled: boolean
}

/** Waits for the streams that a function handed back, and tells once how reading them ended. */
export class Reading {
  readonly #clock: Clock
  readonly #calls: () => CallsSince
  readonly #isOfCalls: boolean
  readonly #over: (at: number, outcome: OutcomeValue | undefined) => void
  readonly #ends: IterationEnd[] = []
  #open: number
  /** When the streams were handed back, or later when the last step of reading them was seen. */
  #lastSeen: number
  #isRead = false
  #isOver = false

  /**
   * @param count how many streams there are
   * @param isOfCalls they only pass on what calls give that were open when they were handed back: so those also tell
   * the end, where nothing is seen of the reading
   */
  constructor(
    count: number,
    isOfCalls: boolean,
    scope: {
      readonly clock: Clock
      readonly calls: () => CallsSince
      readonly over: (at: number, outcome: OutcomeValue | undefined) => void
    },
  ) {
    this.#open = count
    this.#isOfCalls = isOfCalls
    this.#clock = scope.clock
    this.#lastSeen = scope.clock.monotonic()
    this.#calls = scope.calls
    this.#over = scope.over
  }

  /** No call is open any more. */
  readonly callsEnded = (): void => {
    if (this.#isOfCalls && !this.#isRead) this.#finish(this.#clock.monotonic())
  }

  /** @param inside runs code in the scope, `outside` where it was before */
  observer(inside: <T>(run: () => T) => T, outside: <T>(run: () => T) => T) {
    const step: IterationObserver['step'] = run => {
      this.#isRead = true
      return inside(run)
    }
    const chunk = () => {
      this.#lastSeen = this.#clock.monotonic()
    }
    return { step, chunk, outside, end: (how: IterationEnd) => this.#end(how) }
  }

  #end(how: IterationEnd): void {
    this.#ends.push(how)
    // That a stream was abandoned is noticed long after it happened.
    if (how.status !== 'abandoned') this.#lastSeen = this.#clock.monotonic()
    if (--this.#open === 0) this.#finish(this.#lastSeen)
  }

  #finish(at: number): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#over(at, this.#outcome())
  }

  #outcome(): OutcomeValue | undefined {
    const { last, hasCancelled } = this.#calls()
    const has = (status: IterationEnd['status']) => this.#ends.some(end => end.status === status)
    const failed = this.#ends.find(end => end.status === 'error')
    if (failed) return { status: 'error', error: summarizeError(failed.error) }
    // The code of the stream may have got over a failed call by another one; else it only told its reader in its own way.
    if (last?.status === 'error') return last
    // An SDK cancels the body of its response once it has read the last event of its stream.
    const hasAll = has('ok') && last !== undefined && !hasCancelled
    if ((has('cancelled') && !hasAll) || (has('abandoned') && hasCancelled)) return { status: 'cancelled' }
    if (has('ok')) return { status: 'success' }
    return this.#isOfCalls ? last : undefined
  }
}
