import { RuntapeError } from '@runtape/core'
import type { Evaluation, Evaluator, EvaluatorScore } from './evaluator.ts'

/** Result of an evaluator function: a score from 0 to 1, a boolean, or both with reasoning. */
export type Judgement = number | boolean | EvaluatorScore

/**
 * An evaluator of your own.
 *
 * @param threshold the lowest passing score, if the function returns a number
 * @param version kept with each score; change it when the function judges differently
 *
 * @example
 * ```ts
 * import { evaluator, replay } from '@runtape/replay'
 * import { sqliteStore } from '@runtape/store-sqlite'
 * import { traced } from '@runtape/trace'
 *
 * const shout = traced('shout', async (text: string) => text.toUpperCase())
 * const short = evaluator<[string], string>('short', ({ result }) => (result ?? '').length < 100)
 * await replay(shout, { store: sqliteStore('runtape.db'), evaluators: [short] })
 * ```
 */
export function evaluator<TInput = readonly unknown[], TResult = unknown>(
  name: string,
  evaluate: (evaluation: Evaluation<TInput, TResult>) => Judgement | Promise<Judgement>,
  { threshold, version }: { readonly threshold?: number; readonly version?: string } = {},
): Evaluator<TInput, TResult> {
  return {
    name,
    ...(version !== undefined && { version }),
    evaluate: async evaluation => scoreOf(await evaluate(evaluation), threshold),
  }
}

/** @throws {RuntapeError} `evaluator-failed` when it is none */
function scoreOf(judgement: Judgement, threshold: number | undefined): EvaluatorScore {
  if (typeof judgement === 'boolean') return { score: Number(judgement), pass: judgement }
  const score = typeof judgement === 'number' ? { score: judgement } : judgement
  if (!isScore(score?.score)) throw new RuntapeError('evaluator-failed', 'it returned no score from 0 to 1')
  return score.pass === undefined && threshold !== undefined
    ? { ...score, pass: score.score >= threshold }
    : score
}

const isScore = (score: unknown): score is number => typeof score === 'number' && score >= 0 && score <= 1
