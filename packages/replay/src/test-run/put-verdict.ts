import { RuntapeError } from '@runtape/core'
import type { Store, Verdict } from '@runtape/core/store'
import type { ReplayItem, ReplayReport } from '../report.ts'

/**
 * Records a person's verdict on an item, in the store and on the item of the returned report.
 *
 * @throws {RuntapeError} `invalid-option` if the item is not in this report, or its replay was not kept
 */
export async function putVerdict<TInput, TResult>(
  store: Store,
  report: ReplayReport<TInput, TResult>,
  item: ReplayItem<TInput, TResult>,
  verdict: Verdict,
): Promise<ReplayReport<TInput, TResult>> {
  const { testRunId, items } = report
  const isThis = (other: ReplayItem<TInput, TResult>) =>
    other.traceId === item.traceId && other.sourceTraceId === item.sourceTraceId
  if (item.traceId === null || !items.some(isThis)) {
    throw new RuntapeError(
      'invalid-option',
      `The replay of trace ${item.sourceTraceId} is not kept in test run ${testRunId}, so no verdict can be recorded for it.`,
    )
  }
  await store.testRuns.putVerdict(testRunId, item.traceId, verdict)
  return { ...report, items: items.map(other => (isThis(other) ? { ...other, verdict } : other)) }
}
