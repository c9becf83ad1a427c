import { monotonicNow } from '@runtape/core/internal'

/** How long a slice may take before it commits, so that with its commit it stays below about 2 ms. */
export const sliceMs = 1

/** A part of an append that cannot be divided. */
export interface Step {
  /** About how many bytes it writes. */
  readonly weight: number
  run(): void
}

// What a transaction may write so that with its commit it holds the lock for less than about 2 ms. Also without a clock:
// tests can stop it.
const mostSteps = 64
const mostWeight = 256 * 1024
const leastWeight = 16 * 1024

/** How long a transaction may hold the lock before the next one is made smaller, in milliseconds. */
const goalMs = 1.6

/** How much a transaction may write: less after one that took long, as on a slow or busy machine, then more again. */
export class Pace {
  #weight = mostWeight

  get weight(): number {
    return this.#weight
  }

  /** Which part of the most it is. */
  get share(): number {
    return this.#weight / mostWeight
  }

  /** Call after each transaction, with how long it held the lock. */
  held(ms: number): void {
    if (ms > goalMs) this.#weight = Math.max(leastWeight, this.#weight / 2)
    else if (ms < goalMs / 2) this.#weight = Math.min(mostWeight, this.#weight * 1.25)
  }
}

/** Steps of which the next one is known. */
export class Steps {
  readonly #steps: Iterator<Step, void>
  readonly #pace: Pace
  #next: Step | undefined

  constructor(steps: Iterator<Step, void>, pace: Pace) {
    this.#steps = steps
    this.#pace = pace
    this.#advance()
  }

  get isDone(): boolean {
    return this.#next === undefined
  }

  /** Runs as many as one transaction may hold, and at least one. */
  runSlice(maxMs: number): void {
    const end = monotonicNow() + maxMs
    let weight = 0
    for (let count = 0; this.#next; count++) {
      weight += this.#next.weight
      if (count > 0 && (count >= mostSteps || weight > this.#pace.weight || monotonicNow() >= end)) return
      this.#next.run()
      this.#advance()
    }
  }

  #advance(): void {
    const { done, value } = this.#steps.next()
    this.#next = done ? undefined : value
  }
}
