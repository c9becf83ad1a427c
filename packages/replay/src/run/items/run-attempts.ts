import { runInFrame } from '@runtape/core/internal'
import { baselineOfAll } from '../../baseline/cause-of.ts'
import { worstOutcome } from '../../compare/item-outcome.ts'
import { meanScores, spreads } from '../../evaluators/spread.ts'
import type { ReplayAttempt, ReplayItem } from '../../report.ts'
import type { ReplaySource } from '../../select/source.ts'
import { emptyItem, failedItem } from './empty-item.ts'
import type { ItemPlan } from './item-plan.ts'
import { runElsewhere } from './run-elsewhere.ts'
import { runItem } from './run-item.ts'

/**
 * Replays one trace as often as configured, one after the other; `undefined` if its code did not start before the replay was
 * stopped. Never throws.
 */
export async function runAttempts(plan: ItemPlan, source: ReplaySource): Promise<ReplayItem | undefined> {
  const items: ReplayItem[] = []
  const { isolate } = plan
  const run = async (attempt: number) => {
    const item = await (isolate ? runElsewhere(plan, isolate, { source, attempt }) : runItem(plan, source))
    return item && (plan.baseline?.compared(item, source) ?? item)
  }
  try {
    for (let attempt = 1; attempt <= plan.attempts && !(attempt > 1 && isStopped(plan)); attempt++) {
      const item = await run(attempt)
      if (!item) break
      items.push(await putting(plan, attempt, item))
    }
  } catch (thrown) {
    return putting(plan, items.length + 1, failedItem(emptyItem(source), thrown))
  } finally {
    plan.baseline?.release(source)
  }
  const [first] = items
  if (!first) return undefined
  plan.spending.skipAttempts(plan.attempts - items.length)
  return plan.attempts === 1 ? first : together(first, items)
}

async function putting({ items }: ItemPlan, attempt: number, item: ReplayItem): Promise<ReplayItem> {
  // Outside the replay's frame: work of the store is not part of the replay.
  await runInFrame(undefined, () => items.put(item, attempt))
  return item
}

const isStopped = ({ signal, spending }: ItemPlan): boolean => signal.aborted || spending.isStopped

/** One item of several attempts. */
export function together(first: ReplayItem, items: readonly ReplayItem[]): ReplayItem {
  const scores = items.map(item => item.scores)
  const { reason: _, ...whole } = first
  const ended = worstOutcome(items)
  const baseline = baselineOfAll(items, ended.outcome)
  // For attempts in separate processes; those in this process are added when all items are over.
  const lateErrors = items.flatMap(item => item.lateErrors ?? [])
  return {
    ...whole,
    ...ended,
    same: ended.outcome === 'same',
    scores: meanScores(scores),
    scoreErrors: Object.fromEntries(items.flatMap(({ scoreErrors = {} }) => Object.entries(scoreErrors))),
    attempts: items.map(attemptOf),
    spread: spreads(scores),
    ...(baseline && { baseline }),
    ...(lateErrors.length > 0 && { lateErrors }),
  }
}

function attemptOf(item: ReplayItem): ReplayAttempt {
  const {
    result,
    error,
    thrown,
    outcome,
    reason,
    unread,
    same,
    traceId,
    replay,
    scores,
    scoreErrors,
    mocks,
    ran,
    delta,
    baseline,
  } = item
  return {
    result,
    error,
    ...(error !== null && { thrown }),
    outcome,
    ...(reason !== undefined && { reason }),
    ...(unread && { unread }),
    same,
    traceId,
    replay,
    scores,
    ...(scoreErrors && { scoreErrors }),
    mocks,
    ...(ran && { ran }),
    ...(delta && { delta }),
    ...(baseline && { baseline }),
  }
}
