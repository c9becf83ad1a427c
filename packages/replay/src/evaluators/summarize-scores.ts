import type { TestRunScores } from '@runtape/core/store'
import type { EvaluatorScore } from './evaluator.ts'
import { RunningSpread, type Spread } from './spread.ts'

/** One evaluator's scores over all items. Statistics are NaN without a score. */
export interface EvaluatorSummary extends Spread, Omit<TestRunScores, keyof Spread> {}

/** The scores and score errors of an item, by evaluator. */
interface ScoredItem {
  readonly scores: Readonly<Record<string, EvaluatorScore>>
  readonly scoreErrors?: Readonly<Record<string, string>>
  readonly baseline?: { readonly excused?: readonly string[] }
}

/** Running statistics of all items: keeps neither items nor scores. */
export class ScoreTally {
  readonly #scores = new Map<string, RunningSpread>()
  readonly #passed = new Map<string, number>()
  readonly #failed = new Map<string, number>()
  readonly #errors = new Map<string, number>()
  readonly #excused = new Map<string, number>()

  add({ scores, scoreErrors = {}, baseline }: ScoredItem): void {
    const excused = baseline?.excused ?? []
    for (const name of excused) increment(this.#excused, name)
    for (const [name, { score, pass }] of Object.entries(scores)) {
      if (excused.includes(name)) continue
      const known = this.#scores.get(name) ?? new RunningSpread()
      known.add(score)
      this.#scores.set(name, known)
      if (pass !== undefined) increment(pass ? this.#passed : this.#failed, name)
    }
    for (const name of Object.keys(scoreErrors)) if (!excused.includes(name)) increment(this.#errors, name)
  }

  summary(thresholds: Readonly<Record<string, number>> = {}): Record<string, EvaluatorSummary> {
    const counted = [this.#scores, this.#errors, this.#excused].flatMap(each => [...each.keys()])
    const names = new Set([...counted, ...Object.keys(thresholds)])
    return Object.fromEntries(Array.from(names, name => [name, this.#of(name, thresholds[name])]))
  }

  #of(name: string, threshold: number | undefined): EvaluatorSummary {
    const spread = this.#scores.get(name)?.spread()
    const failed = this.#failed.get(name) ?? 0
    const errors = this.#errors.get(name) ?? 0
    const excused = this.#excused.get(name) ?? 0
    const reaches = threshold === undefined ? failed === 0 : (spread?.mean ?? 0) >= threshold
    return {
      ...(spread ?? { mean: Number.NaN, min: Number.NaN, max: Number.NaN, deviation: Number.NaN, count: 0 }),
      passed: this.#passed.get(name) ?? 0,
      failed,
      errors,
      ...(excused > 0 && { excused }),
      ...(threshold !== undefined && { threshold }),
      // An item without a score does not pass.
      pass: errors === 0 && spread !== undefined && reaches,
    }
  }
}

const increment = (counts: Map<string, number>, name: string) => counts.set(name, (counts.get(name) ?? 0) + 1)
