import type { OutcomeValue } from '@runtape/core'
import { type IterationEnd, type IterationObserver, summarizeError } from '@runtape/core/internal'
import type { Clock } from './clock.ts'

/** State of a scope's calls since its function returned. */
export interface CallsSince {
  /** How the last one ended; absent if none has. */
  readonly last: OutcomeValue | undefined
  readonly hasCancelled: boolean
}

/** Waits for the streams that a function returned, and reports once how reading them ended. */
export class Reading {
  readonly #clock: Clock
  readonly #calls: () => CallsSince
  readonly #isOfCalls: boolean
  readonly #over: (at: number, outcome: OutcomeValue | undefined) => void
  readonly #ends: IterationEnd[] = []
  #open: number
  /** When the streams were returned, or when the last observed read step happened. */
  #lastSeen: number
  #isRead = false
  #isOver = false

  /**
   * @param count number of streams
   * @param isOfCalls they only pass on what calls return that were open when the function returned: then the calls also report
   * the end, if the reading itself is not observed
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

  /** @param inside runs code in the scope, `outside` in the previous one */
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
    // Abandonment is detected long after it happened.
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
    // The stream's code may have recovered from a failed call with another one, or reported the failure to its reader in its own
    // way.
    if (last?.status === 'error') return last
    // An SDK cancels the body of its response after reading the last event of its stream.
    const hasAll = has('ok') && last !== undefined && !hasCancelled
    if ((has('cancelled') && !hasAll) || (has('abandoned') && hasCancelled)) return { status: 'cancelled' }
    if (has('ok')) return { status: 'success' }
    return this.#isOfCalls ? last : undefined
  }
}
