import { monotonicNow } from '@runtape/core/internal'

/** A part of an append that cannot be divided. */
export interface Step {
  /** About how many characters it writes. */
  readonly weight: number
  run(): void
}

// What a transaction may write so that with its commit it holds the lock for less than about 2 ms. Also without a clock:
// tests can stop it.
const mostSteps = 64
const mostWeight = 256 * 1024

/** Steps of which the next one is known. */
export class Steps {
  readonly #steps: Iterator<Step, void>
  #next: Step | undefined

  constructor(steps: Iterator<Step, void>) {
    this.#steps = steps
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
      if (count > 0 && (count >= mostSteps || weight > mostWeight || monotonicNow() >= end)) return
      this.#next.run()
      this.#advance()
    }
  }

  #advance(): void {
    const { done, value } = this.#steps.next()
    this.#next = done ? undefined : value
  }
}
