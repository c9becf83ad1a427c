import { monotonicNow } from '@runtape/core/internal'

/** How long a slice may run before it commits. With its commit it then takes less than about 2 ms. */
export const sliceMs = 1

/** An indivisible part of an append. */
export interface Step {
  /** Approximate number of bytes that it writes. */
  readonly weight: number
  run(): void
}

// Limits of a transaction, so that it holds the lock for less than about 2 ms including the commit. They apply without
// a clock too, because tests can stop it.
const mostSteps = 64
const mostWeight = 256 * 1024
const leastWeight = 16 * 1024

/** If a transaction holds the lock for longer than this, in milliseconds, the next one is smaller. */
const goalMs = 1.6

/**
 * How much a transaction may write. It shrinks after a slow transaction, as on a busy machine, and grows again after
 * fast ones.
 */
export class Pace {
  #weight = mostWeight

  get weight(): number {
    return this.#weight
  }

  /** The current limit as a share of the maximum. */
  get share(): number {
    return this.#weight / mostWeight
  }

  /** Call after each transaction, with how many milliseconds it held the lock. */
  held(ms: number): void {
    if (ms > goalMs) this.#weight = Math.max(leastWeight, this.#weight / 2)
    else if (ms < goalMs / 2) this.#weight = Math.min(mostWeight, this.#weight * 1.25)
  }
}

/** An iterator of steps that peeks at the next one. */
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

  /** Runs as many steps as one transaction may hold, at least one. */
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
