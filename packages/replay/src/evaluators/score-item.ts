import { type Logger, RuntapeError } from '@runtape/core'
import { messageOf, warnSafely } from '@runtape/core/internal'
import { NotComparable } from '../compare/not-comparable.ts'
import type { ItemAbort } from '../run/item-abort.ts'
import type { Evaluation, Evaluator, EvaluatorScore } from './evaluator.ts'

/** The scores by evaluator name. */
export interface ItemScores {
  readonly scores: Readonly<Record<string, EvaluatorScore>>
  /** Why an evaluator returned no score. */
  readonly scoreErrors: Readonly<Record<string, string>>
}

/** Runs all evaluators; if one fails, only its own score is lost. */
export async function scoreItem(
  { evaluators, logger }: { readonly evaluators: readonly Evaluator[]; readonly logger: Logger },
  evaluation: Evaluation,
  stop: Pick<ItemAbort, 'within' | 'signal'>,
): Promise<ItemScores> {
  const scores: Record<string, EvaluatorScore> = {}
  const scoreErrors: Record<string, string> = {}
  for (const evaluator of evaluators) {
    try {
      scores[evaluator.name] = requireScore(
        await stop.within(ask(evaluator, { ...evaluation, signal: stop.signal })),
      )
    } catch (error) {
      const problem = messageOf(error)
      scoreErrors[evaluator.name] = problem
      // Reported on the item itself.
      if (error instanceof NotComparable) continue
      warnSafely(
        logger,
        `Evaluator '${evaluator.name}' failed: ${problem.replace(/\.$/, '')}. It did not score the item.`,
      )
    }
  }
  return { scores, scoreErrors }
}

async function ask(evaluator: Evaluator, evaluation: Evaluation): Promise<EvaluatorScore> {
  return evaluator.evaluate(evaluation)
}

function requireScore(score: EvaluatorScore): EvaluatorScore {
  if (typeof score?.score === 'number' && !Number.isNaN(score.score)) return score
  throw new RuntapeError('evaluator-failed', 'it returned no { score } that is a number')
}
