import { messageOf } from '@runtape/core'
import { meanScores, spreads } from './judging/spread.ts'
import type { FinishedItem, ReplayAttempt } from './report.ts'
import { emptyItem, type ItemPlan, runItem } from './run-item.ts'
import type { ReplaySource } from './source.ts'

/** Replays one trace as often as the plan says, one after the other. Nothing is thrown. */
export async function runAttempts(plan: ItemPlan, source: ReplaySource): Promise<FinishedItem> {
  const finished: FinishedItem[] = []
  try {
    for (let attempt = 0; attempt < plan.attempts && !(attempt > 0 && plan.signal.aborted); attempt++)
      finished.push(await runItem(plan, source))
  } catch (thrown) {
    return { item: { ...emptyItem(source), error: messageOf(thrown), thrown }, same: false }
  }
  const [first] = finished as [FinishedItem]
  return plan.attempts === 1 ? first : together(first, finished)
}

function together(first: FinishedItem, finished: readonly FinishedItem[]): FinishedItem {
  const scores = finished.map(({ item }) => item.scores)
  const item = {
    ...first.item,
    scores: meanScores(scores),
    scoreErrors: Object.assign({}, ...finished.map(({ item }) => item.scoreErrors)) as Record<string, string>,
    attempts: finished.map(attemptOf),
    spread: spreads(scores),
  }
  return { item, same: finished.every(({ same }) => same) }
}

function attemptOf({ item, same }: FinishedItem): ReplayAttempt {
  const { result, error, thrown, traceId, replay, scores, scoreErrors, mocks, delta } = item
  return {
    result,
    error,
    ...(error !== null && { thrown }),
    traceId,
    replay,
    scores,
    ...(scoreErrors && { scoreErrors }),
    mocks,
    ...(delta && { delta }),
    same,
  }
}
