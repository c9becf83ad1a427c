import type { EvaluatorScore } from './evaluator.ts'
import { RunningSpread, type Spread } from './spread.ts'

/** One evaluator's scores over all items. */
export interface EvaluatorSummary extends Spread {
  /** Numbers of items that pass and that do not. */
  readonly passed: number
  readonly failed: number
  /** Items that it could not score because it failed. */
  readonly errors: number
  /** The lowest passing mean, if one was given. */
  readonly threshold?: number
  /**
   * Whether every judged item has a score and the mean reaches the threshold; without a threshold, whether no item failed.
   * False without any score, unless the code before the change ends all items in the same way.
   */
  readonly pass: boolean
}

/** The scores and score errors of an item, by evaluator. */
interface ScoredItem {
  readonly scores: Readonly<Record<string, EvaluatorScore>>
  readonly scoreErrors?: Readonly<Record<string, string>>
}

/** Running statistics of all items: keeps neither items nor scores. */
export class ScoreTally {
  readonly #scores = new Map<string, RunningSpread>()
  readonly #passed = new Map<string, number>()
  readonly #failed = new Map<string, number>()
  readonly #errors = new Map<string, number>()
  #skipped = 0

  add({ scores, scoreErrors = {} }: ScoredItem): void {
    for (const [name, { score, pass }] of Object.entries(scores)) {
      const known = this.#scores.get(name) ?? new RunningSpread()
      known.add(score)
      this.#scores.set(name, known)
      if (pass !== undefined) increment(pass ? this.#passed : this.#failed, name)
    }
    for (const name of Object.keys(scoreErrors)) increment(this.#errors, name)
  }

  /** Counts an item that no evaluator judges. */
  skip(): void {
    this.#skipped++
  }

  summary(thresholds: Readonly<Record<string, number>> = {}): Record<string, EvaluatorSummary> {
    const names = new Set([...this.#scores.keys(), ...this.#errors.keys(), ...Object.keys(thresholds)])
    return Object.fromEntries(Array.from(names, name => [name, this.#of(name, thresholds[name])]))
  }

  #of(name: string, threshold: number | undefined): EvaluatorSummary {
    const spread = this.#scores.get(name)?.spread()
    const failed = this.#failed.get(name) ?? 0
    const errors = this.#errors.get(name) ?? 0
    const reaches = threshold === undefined ? failed === 0 : spread !== undefined && spread.mean >= threshold
    return {
      ...(spread ?? { mean: Number.NaN, min: Number.NaN, max: Number.NaN, deviation: Number.NaN, count: 0 }),
      passed: this.#passed.get(name) ?? 0,
      failed,
      errors,
      ...(threshold !== undefined && { threshold }),
      // An item without a score does not pass.
      pass: errors === 0 && (spread === undefined ? this.#skipped > 0 : reaches),
    }
  }
}

const increment = (counts: Map<string, number>, name: string) => counts.set(name, (counts.get(name) ?? 0) + 1)
