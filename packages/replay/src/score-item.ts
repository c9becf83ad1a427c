import { type Logger, messageOf, warnSafely } from '@runtape/core'
import type { Evaluation, Evaluator, EvaluatorScore } from './evaluators.ts'

/** What the evaluators say, by their names. */
export interface ItemScores {
  readonly scores: Readonly<Record<string, EvaluatorScore>>
  /** Why an evaluator gave no score. */
  readonly scoreErrors: Readonly<Record<string, string>>
}

/** Asks all evaluators; one that fails costs its own score. */
export async function scoreItem(
  evaluators: readonly Evaluator[],
  evaluation: Evaluation,
  logger: Logger,
): Promise<ItemScores> {
  const scores: Record<string, EvaluatorScore> = {}
  const scoreErrors: Record<string, string> = {}
  for (const evaluator of evaluators) {
    try {
      scores[evaluator.name] = requireScore(await evaluator.evaluate(evaluation))
    } catch (error) {
      const problem = messageOf(error)
      scoreErrors[evaluator.name] = problem
      warnSafely(logger, `Evaluator '${evaluator.name}' failed: ${problem}. The item has no score of it.`)
    }
  }
  return { scores, scoreErrors }
}

function requireScore(score: EvaluatorScore): EvaluatorScore {
  if (typeof score?.score === 'number' && !Number.isNaN(score.score)) return score
  throw new TypeError('it gave no { score } that is a number')
}
