import { RuntapeError } from '@runtape/core'
import { type AmbientFrame, ownWorkFrame, runInFrame } from '@runtape/core/internal'
import { type AnyFunction, definitionOf } from '@runtape/trace'
import { checkBaseline, replayBaseline } from '../baseline/replay-baseline.ts'
import { MustRunTally } from '../limits/must-run.ts'
import { SpendingTally } from '../limits/spending.ts'
import { guardNetwork } from '../network/guard-network.ts'
import type { ReplayOptions } from '../options.ts'
import { warnOfOutside, watchReplay } from '../outside/watch-replay.ts'
import { guardProcess } from '../process/guard-process.ts'
import type { ReplayItem, ReplayReport, ReplayResult } from '../report.ts'
import { expectedInCohort } from '../select/cohort-sources.ts'
import { shardOf } from '../select/shard.ts'
import { finishTestRun } from '../test-run/finish-test-run.ts'
import { ItemWriter } from '../test-run/item-writer.ts'
import { RecordWriter } from '../test-run/record-writer.ts'
import { type StartedTestRun, startTestRun } from '../test-run/start-test-run.ts'
import { activeResources } from '../timers/active-resources.ts'
import { patchTimers } from '../timers/patch-timers.ts'
import { withAbortDeadline } from './abort-deadline.ts'
import { checkOptions } from './check-options.ts'
import type { ItemPlan } from './items/item-plan.ts'
import { runItems } from './items/run-items.ts'
import { LateErrors } from './late-errors.ts'
import { mapTraceIds } from './map-trace-ids.ts'
import { over, resolveOptions } from './resolve-options.ts'
import { interruptOf } from './sigint.ts'
import { UnmockedCalls } from './unmocked-calls.ts'

/**
 * Replays recorded traces of `fn` through the current code, and reports what changed. Child calls are answered from the tape
 * according to `mock`, matched under their parent by input; a mocked call that is not on the tape fails instead of running. A bad
 * trace becomes its item's `error`, never the replay's. Nothing in a replay is billed.
 *
 * @throws {RuntapeError} before anything starts: `not-traced`, `invalid-option`, `no-traces`; at the end: `replay-not-persisted`
 * if the store kept none of the replayed traces.
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
  options: ReplayOptions<Parameters<F>, ReplayResult<ReturnType<F>>>,
): Promise<ReplayReport<Parameters<F>, ReplayResult<ReturnType<F>>>> {
  const { key } = requireDefinition(fn)
  checkOptions(options)
  checkBaseline(options, key)
  const { signal, stopOnSigint = true } = options
  // Outside any trace and replay: its context is not part of it.
  return runInFrame(ownWorkFrame, async () => {
    // First of all, so that nothing started is left as running.
    const interrupt = interruptOf(signal, stopOnSigint)
    const releaseProcess = guardProcess()
    const watch = watchReplay(options.outside)
    const releaseTimers = patchTimers()
    try {
      const starting = startTestRun(key, options)
      const { testRunId, testRunUrl, sources, cohort, isJoined } = await withAbortDeadline(
        interrupt.signal,
        starting,
        'the store to start a test run',
      )
      const planned = planOf({ fn, key }, options, { testRunId, cohort }, interrupt.signal)
      const baseline = await replayBaseline(options, {
        key,
        testRunId,
        signal: interrupt.signal,
        sources,
        plan: (before, own, id) =>
          over(planOf({ fn: before, key }, own, { testRunId: id, cohort }, interrupt.signal), {
            spending: planned.spending,
          }),
      }).catch(error => {
        planned.guard?.release()
        throw error
      })
      const plan = over(planned, { baseline })
      const { items, tally } = await runItems(plan, sources).finally(() => plan.guard?.release())
      await plan.writer.idle()
      await plan.spending.settled(interrupt.signal)
      const notRun = sources.length - items.length
      const isCutShort = plan.spending.isCutShort(notRun)
      const status = interrupt.signal.aborted || isCutShort ? 'interrupted' : 'completed'
      const outside = watch.calls()
      warnOfOutside(plan.logger, options.outside, outside)
      plan.unmocked.warn()
      const spending = plan.spending.report()
      const settled = plan.lateErrors.settled(items, tally)
      const mustRun = plan.reached.result()
      const beside = { outside, mustRun, hasBaseline: baseline !== undefined, isCutShort }
      const summary = tally.summary(notRun, options.thresholds, beside)
      const end = { status, isJoined, summary, outside, spending, cohort, isCutShort } as const
      const mapped = mapTraceIds(settled, await finishTestRun(plan, end), testRunId, plan.logger)
      plan.items.warn()
      return {
        testRunId,
        testRunUrl: testRunUrl ?? null,
        ...(cohort && { cohort }),
        items: !plan.keepItems ? [] : mapped.map(item => item as Item<F>),
        summary,
        status,
        outside,
        ...(spending && { spending }),
      }
    } finally {
      releaseTimers()
      watch.end()
      releaseProcess()
      await interrupt.release()
    }
  })
}

// The store returned them as calls of this function.
type Item<F extends AnyFunction> = ReplayItem<Parameters<F>, ReplayResult<ReturnType<F>>>

function planOf(
  { fn, key }: { readonly fn: AnyFunction; readonly key: string },
  options: ReplayOptions,
  { testRunId, cohort }: Pick<StartedTestRun, 'testRunId' | 'cohort'>,
  signal: AbortSignal,
): ItemPlan {
  const resolved = resolveOptions(options)
  const { store, logger } = resolved
  const [writer, lateErrors] = [new RecordWriter(store, logger), new LateErrors()]
  return over(resolved, {
    baseline: undefined,
    fn,
    key,
    testRunId,
    expected: async (traceId: string) =>
      options.expected ? options.expected(traceId) : cohort && expectedInCohort(store, cohort, traceId),
    signal,
    unmocked: new UnmockedCalls(options.mock === undefined && !options.overrides, logger),
    writer,
    items: new ItemWriter(over(resolved, { key, testRunId, signal, lateErrors, writer })),
    resources: activeResources(),
    lateErrors,
    frames: new Map<string, AmbientFrame>(),
    waiting: { count: 0 },
    spending: new SpendingTally(resolved),
    reached: new MustRunTally(options.mustRun, (shardOf(options.shard)?.of ?? 1) > 1),
    guard: guardNetwork(options.guardNetwork, key, logger),
  })
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
