import { consoleLogger, isThenable, type Logger, messageOf, RuntapeError, warnSafely } from '@runtape/core'
import { type AnyFunction, definitionOf } from '@runtape/trace'
import pLimit from 'p-limit'
import { activeResources } from './active-resources.ts'
import { checkOptions } from './check-options.ts'
import { findTraces } from './find-traces.ts'
import { guardNetwork } from './guard-network.ts'
import { RecordWriter } from './item-records.ts'
import { mapTraceIds } from './map-trace-ids.ts'
import type { ReplayOptions } from './options.ts'
import {
  type FinishedItem,
  type ReplayItem,
  type ReplayReport,
  type ReplayResult,
  summarizeItems,
} from './report.ts'
import { type ItemPlan, runItem } from './run-item.ts'

const defaultLimit = 5
const defaultConcurrency = 10

/**
 * Runs recorded traces of `fn` again through the code as it is now, and says what changed. Child calls are answered
 * from the tape as `mock` says, matched under their parent by input; what must be mocked and is not on the tape fails
 * instead of running. One bad trace is that item's `error`, never the replay's. Nothing in a replay is billed.
 *
 * @throws {RuntapeError} before anything starts: `not-traced`, `invalid-option`, `no-traces`; at the end:
 * `replay-not-persisted` when the store kept none of the replayed traces.
 *
 * @example
 * ```ts
 * import { replay } from '@runtape/replay'
 * import { sqliteStore } from '@runtape/store-sqlite'
 * import { traced } from '@runtape/trace'
 *
 * const answer = traced('support.answer', async (question: string) => question.toUpperCase())
 * const report = await replay(answer, { store: sqliteStore('runtape.db'), where: { feedback: 'negative' }, mock: 'marked' })
 * console.log(report.summary)
 * ```
 */
export async function replay<F extends AnyFunction>(
  fn: F,
  options: ReplayOptions,
): Promise<ReplayReport<Parameters<F>, ReplayResult<ReturnType<F>>>> {
  const { key } = requireDefinition(fn)
  checkOptions(options)
  const { store, logger = consoleLogger, where = {}, limit = defaultLimit } = options
  const sourceTraceIds = options.traceIds ?? (await findTraces(store, key, where, limit))
  const { testRunId, testRunUrl } = await store.testRuns.start({
    key,
    sourceTraceIds,
    ...codeChange(options),
  })
  const { mock = 'none', onMiss = 'error', timing = 'immediate', receiver, evaluators = [] } = options
  const writer = new RecordWriter(store, logger)
  const resources = activeResources()
  const guard = guardNetwork(options.guardNetwork, key, logger)
  const plan = {
    fn,
    key,
    receiver,
    store,
    writer,
    testRunId,
    mock,
    onMiss,
    timing,
    resources,
    guard,
    evaluators,
    logger,
  }
  const ran = await runAll(plan, sourceTraceIds, options).finally(() => guard?.release())
  await writer.idle()
  const completion = await store.testRuns.complete(testRunId, 'completed')
  const finished = mapTraceIds(ran, completion, testRunId, logger)
  return {
    testRunId,
    testRunUrl: testRunUrl ?? null,
    // The store's word for it: these are calls of this very function.
    items: finished.map(({ item }) => item as ReplayItem<Parameters<F>, ReplayResult<ReturnType<F>>>),
    summary: summarizeItems(finished),
  }
}

function requireDefinition(fn: AnyFunction) {
  const definition = definitionOf(fn)
  if (definition) return definition
  const name = typeof fn === 'function' && fn.name ? `'${fn.name}'` : 'This value'
  throw new RuntapeError(
    'not-traced',
    `${name} is not a traced function, so no trace is one of its calls. Wrap it: traced('key', fn).`,
  )
}

function codeChange({ codeChangeDescription, codeChangeFiles, experimentGroupId }: ReplayOptions) {
  return {
    ...(codeChangeDescription !== undefined && { codeChangeDescription }),
    ...(codeChangeFiles !== undefined && { codeChangeFiles }),
    ...(experimentGroupId !== undefined && { experimentGroupId }),
  }
}

async function runAll(
  plan: ItemPlan,
  traceIds: readonly string[],
  options: ReplayOptions,
): Promise<FinishedItem[]> {
  const { maxConcurrency = defaultConcurrency, onProgress } = options
  const limit = pLimit(maxConcurrency ?? Math.max(traceIds.length, 1))
  let done = 0
  const run = async (traceId: string) => {
    const finished = await runItem(plan, traceId)
    done++
    if (onProgress) tell(plan.logger, () => onProgress({ done, total: traceIds.length, item: finished.item }))
    return finished
  }
  return Promise.all(traceIds.map(traceId => limit(run, traceId)))
}

function tell(logger: Logger, report: () => unknown): void {
  const complain = (error: unknown) =>
    warnSafely(logger, `onProgress threw: ${messageOf(error)}. The replay goes on.`)
  try {
    const told = report()
    if (isThenable(told)) told.then(undefined, complain)
  } catch (error) {
    complain(error)
  }
}
