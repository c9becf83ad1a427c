import { messageOf, warnSafely } from '@runtape/core/internal'
import type { TestRunCompletion, TestRunResult } from '@runtape/core/store'
import type { Spending } from '../limits/spending.ts'
import type { OutsideCall } from '../outside/outside-call.ts'
import type { ReplaySummary } from '../report.ts'
import { withAbortDeadline } from '../run/abort-deadline.ts'
import type { ItemPlan } from '../run/items/item-plan.ts'
import type { ReplayedCohort } from '../select/cohort-sources.ts'
import { storedSummary } from './stored-report.ts'

/** Facts that a part of a test run keeps. Its options may differ from those of the part that started the test run. */
interface PartFacts {
  readonly spending?: Spending
  readonly cohort?: ReplayedCohort
  readonly mustRun?: readonly string[]
  /** Whether it also replayed the code before the change. */
  readonly baseline?: boolean
  readonly interrupted?: boolean
}

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

/** One interrupted shard leaves the whole test run interrupted, until it is replayed again. */
async function complete(plan: ItemPlan, end: ReplayEnd): Promise<TestRunCompletion> {
  const { store, shard = '', testRunId } = plan
  const { facts = {} } = (end.isJoined && (await store.testRuns.get(testRunId))) || {}
  const others = Object.entries(facts).filter(([part]) => part !== shard)
  const status = others.some(([, part]) => part.interrupted) ? 'interrupted' : end.status
  return store.testRuns.complete(testRunId, status, await resultOf(plan, end, facts[shard]))
}

async function resultOf(plan: ItemPlan, end: ReplayEnd, before: PartFacts = {}): Promise<TestRunResult> {
  const { outside, cohort, isCutShort } = end
  const summary = await summaryOf(plan, end)
  const facts = { ...factsOf(plan, end, before), ...(cohort && { cohort }) }
  return {
    ...(summary && { summary }),
    ...(plan.shard !== undefined && { shard: plan.shard }),
    ...(outside.length > 0 && { outside: outside as unknown as TestRunResult['outside'] & {} }),
    ...(isCutShort && { cutShort: true }),
    ...(Object.keys(facts).length > 0 && { facts }),
  }
}

/** Facts about a part, joined with those of an earlier replay of the same part. */
function factsOf(plan: ItemPlan, { spending, status }: ReplayEnd, before: PartFacts): PartFacts {
  const mustRun = [...new Set([...(before.mustRun ?? []), ...(plan.mustRun ?? [])])]
  const spent = [...(before.spending ? [before.spending] : []), ...(spending ? [spending] : [])]
  const last = spent.at(-1)
  return {
    ...(last && {
      spending: {
        ...last,
        nanoUsd: spent.reduce((sum, { nanoUsd }) => sum + nanoUsd, 0),
        unpriced: spent.flatMap(({ unpriced }) => unpriced),
      },
    }),
    ...(mustRun.length > 0 && { mustRun }),
    ...((before.baseline || plan.baseline) && { baseline: true }),
    ...(status === 'interrupted' && { interrupted: true }),
  }
}

async function summaryOf(
  plan: ItemPlan,
  { isJoined, summary, outside }: ReplayEnd,
): Promise<ReplaySummary | undefined> {
  const { store, testRunId, logger } = plan
  if (!isJoined) return summary
  try {
    const { mustRun, baseline } = plan
    return await storedSummary(store, testRunId, { outside, mustRun, hasBaseline: baseline !== undefined })
  } catch (error) {
    warnSafely(
      logger,
      `The summary of test run ${testRunId} over all its shards is missing: ${messageOf(error)}`,
    )
    return undefined
  }
}
