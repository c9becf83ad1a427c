import type { EvaluatorScore } from './evaluator.ts'

/** How far the scores of several attempts lie apart. */
export interface Spread {
  readonly mean: number
  readonly min: number
  readonly max: number
  /** The standard deviation of these very scores. */
  readonly deviation: number
  readonly count: number
}

export function spreadOf(scores: readonly number[]): Spread | undefined {
  const count = scores.length
  if (count === 0) return undefined
  const mean = scores.reduce((sum, score) => sum + score, 0) / count
  const variance = scores.reduce((sum, score) => sum + (score - mean) ** 2, 0) / count
  return { mean, min: Math.min(...scores), max: Math.max(...scores), deviation: Math.sqrt(variance), count }
}

type Scores = Readonly<Record<string, EvaluatorScore>>

/** The spread of each evaluator over several attempts. */
export function spreads(attempts: readonly Scores[]): Record<string, Spread> {
  const names = new Set(attempts.flatMap(scores => Object.keys(scores)))
  const found: Record<string, Spread> = {}
  for (const name of names) {
    const spread = spreadOf(attempts.flatMap(scores => scores[name]?.score ?? []))
    if (spread) found[name] = spread
  }
  return found
}

/** The scores of all attempts in one: the mean, and passed where every attempt passed. */
export function meanScores(attempts: readonly Scores[]): Record<string, EvaluatorScore> {
  const means: Record<string, EvaluatorScore> = {}
  for (const [name, { mean, min, max, count }] of Object.entries(spreads(attempts))) {
    const passes = attempts.flatMap(scores => scores[name]?.pass ?? [])
    const reasoning = `The mean of ${count} attempts, from ${min} to ${max}.`
    means[name] = { score: mean, reasoning, ...(passes.length > 0 && { pass: passes.every(Boolean) }) }
  }
  return means
}
