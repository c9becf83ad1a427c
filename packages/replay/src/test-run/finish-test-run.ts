import { messageOf, warnSafely } from '@runtape/core/internal'
import type { TestRunCompletion, TestRunResult } from '@runtape/core/store'
import type { Spending } from '../limits/spending.ts'
import type { OutsideCall } from '../outside/outside-call.ts'
import type { ReplaySummary } from '../report.ts'
import { withAbortDeadline } from '../run/abort-deadline.ts'
import type { ItemPlan } from '../run/items/item-plan.ts'
import type { ReplayedCohort } from '../select/cohort-sources.ts'
import { storedSummary } from './stored-report.ts'

/** How a replay ended. */
interface ReplayEnd {
  readonly status: 'completed' | 'interrupted'
  /** Whether other replays may have put items into the test run. */
  readonly isJoined: boolean
  readonly summary: ReplaySummary
  readonly outside: readonly OutsideCall[]
  readonly spending: Spending | undefined
  readonly cohort: ReplayedCohort | undefined
  readonly isCutShort: boolean
}

/** Completes the test run in its store. If the store does not respond, a stopped replay lacks trace ids but still has a report. */
export async function finishTestRun(plan: ItemPlan, end: ReplayEnd): Promise<TestRunCompletion> {
  const { signal, testRunId, logger } = plan
  const completing = plan.items.putLate().then(() => complete(plan, end))
  return withAbortDeadline(signal, completing, `the store to complete test run ${testRunId}`, error => {
    warnSafely(logger, error.message)
    return {}
  })
}

/** One interrupted shard leaves the whole test run interrupted. */
async function complete(plan: ItemPlan, end: ReplayEnd): Promise<TestRunCompletion> {
  const { store, shard, testRunId } = plan
  const before = shard === undefined ? undefined : await store.testRuns.get(testRunId)
  const status = before?.status === 'interrupted' ? 'interrupted' : end.status
  return store.testRuns.complete(testRunId, status, await resultOf(plan, end))
}

async function resultOf(plan: ItemPlan, end: ReplayEnd): Promise<TestRunResult> {
  const { outside, spending, cohort, isCutShort } = end
  const baseline = plan.baseline?.facts()
  const summary = await summaryOf(plan, end)
  return {
    ...(summary && { summary }),
    ...(plan.shard !== undefined && { shard: plan.shard }),
    ...(outside.length > 0 && { outside: outside as unknown as TestRunResult['outside'] & {} }),
    ...(isCutShort && { cutShort: true }),
    ...((spending || cohort || baseline) && {
      facts: { ...(spending && { spending }), ...(cohort && { cohort }), ...(baseline && { baseline }) },
    }),
  }
}

async function summaryOf(
  plan: ItemPlan,
  { isJoined, summary, outside }: ReplayEnd,
): Promise<ReplaySummary | undefined> {
  const { store, testRunId, shard, logger } = plan
  if (!isJoined) return summary
  try {
    return await storedSummary(store, testRunId, { shard, outside, baseline: plan.baseline?.facts() })
  } catch (error) {
    warnSafely(
      logger,
      `The summary of test run ${testRunId} over all its shards is missing: ${messageOf(error)}`,
    )
    return undefined
  }
}
