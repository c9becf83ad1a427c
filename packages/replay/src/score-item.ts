import { type Logger, messageOf, warnSafely } from '@runtape/core'
import type { Evaluation, Evaluator, EvaluatorScore } from './evaluators.ts'

/** The scores of all evaluators that have one, by their names. */
export async function scoreItem(
  evaluators: readonly Evaluator[],
  evaluation: Evaluation,
  logger: Logger,
): Promise<Record<string, EvaluatorScore>> {
  const scores: Record<string, EvaluatorScore> = {}
  for (const evaluator of evaluators) {
    try {
      scores[evaluator.name] = requireScore(await evaluator.evaluate(evaluation))
    } catch (error) {
      warnSafely(
        logger,
        `Evaluator '${evaluator.name}' failed: ${messageOf(error)}. The item has no score of it.`,
      )
    }
  }
  return scores
}

function requireScore(score: EvaluatorScore): EvaluatorScore {
  if (typeof score?.score === 'number') return score
  throw new TypeError('it gave no { score } that is a number')
}
