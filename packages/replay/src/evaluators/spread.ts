import type { EvaluatorScore } from './evaluator.ts'
import { FloatSum } from './float-sum.ts'

/** Variance of the scores of several attempts. */
export interface Spread {
  readonly mean: number
  readonly min: number
  readonly max: number
  /** The population standard deviation of these scores. */
  readonly deviation: number
  readonly count: number
}

/** Running statistics of scores: it keeps no scores, so there may be any number of them. */
export class RunningSpread {
  #count = 0
  readonly #sum = new FloatSum()
  #min = Number.POSITIVE_INFINITY
  #max = Number.NEGATIVE_INFINITY
  // Welford's algorithm: squares of large scores would hide a small deviation.
  #mean = 0
  #squares = 0

  add(score: number): void {
    this.#count++
    this.#sum.add(score)
    this.#min = Math.min(this.#min, score)
    this.#max = Math.max(this.#max, score)
    const distance = score - this.#mean
    this.#mean += distance / this.#count
    this.#squares += distance * (score - this.#mean)
  }

  /** `undefined` without scores. */
  spread(): Spread | undefined {
    const count = this.#count
    if (count === 0) return undefined
    // The last digits depend on the order of the scores.
    const deviation = Number(Math.sqrt(this.#squares / count).toPrecision(12))
    return { mean: this.#sum.value() / count, min: this.#min, max: this.#max, deviation, count }
  }
}

type Scores = Readonly<Record<string, EvaluatorScore>>

/** The spread of each evaluator over several attempts. */
export function spreads(attempts: readonly Scores[]): Record<string, Spread> {
  const running = new Map<string, RunningSpread>()
  for (const scores of attempts)
    for (const [name, { score }] of Object.entries(scores)) {
      const known = running.get(name) ?? new RunningSpread()
      known.add(score)
      running.set(name, known)
    }
  const found = Array.from(running, ([name, each]) => [name, each.spread()])
  return Object.fromEntries(found) as Record<string, Spread>
}

/** The scores of all attempts combined: the mean; passed if every attempt passed. */
export function meanScores(attempts: readonly Scores[]): Record<string, EvaluatorScore> {
  const means: Record<string, EvaluatorScore> = {}
  for (const [name, { mean, min, max, count }] of Object.entries(spreads(attempts))) {
    const passes = attempts.flatMap(scores => scores[name]?.pass ?? [])
    const reasoning = `The mean of ${count} attempts, from ${min} to ${max}.`
    means[name] = { score: mean, reasoning, ...(passes.length > 0 && { pass: passes.every(Boolean) }) }
  }
  return means
}
