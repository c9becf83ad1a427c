import { RuntapeError } from '@runtape/core'
import { type AnyFunction, definitionOf } from '@runtape/trace'
import { v7 } from 'uuid'
import type { BaselineCode, ReplayOptions } from '../options.ts'
import { withAbortDeadline } from '../run/abort-deadline.ts'
import type { ItemPlan } from '../run/items/item-plan.ts'
import { runItems } from '../run/items/run-items.ts'
import { over } from '../run/resolve-options.ts'
import type { ReplaySource } from '../select/source.ts'
import { startFacts } from '../test-run/start-facts.ts'
import { BaselineItems } from './baseline-items.ts'

/** What a baseline needs from its replay. */
export interface BaselineRun {
  readonly key: string
  readonly testRunId: string
  readonly signal: AbortSignal
  readonly sources: readonly ReplaySource[]
  /** Plans a replay of this function in this test run. */
  plan(fn: AnyFunction, options: ReplayOptions, testRunId: string): ItemPlan
}

/** @throws {RuntapeError} `invalid-option` if `baseline` is another function or cannot be isolated */
export function checkBaseline({ baseline, isolate }: ReplayOptions, key: string): void {
  if (baseline === undefined) return
  if (typeof baseline !== 'function') {
    if (typeof baseline?.replayItem === 'function') return
    refuse('baseline must be the traced function before the change.')
  }
  const other = definitionOf(baseline)?.key
  if (other !== key)
    refuse(
      `baseline must be the traced function '${key}' before the change (got ${other === undefined ? 'a function that is not traced' : `'${other}'`}).`,
    )
  if (isolate !== undefined)
    refuse('baseline and isolate exclude each other, unless baseline is isolated itself.')
}

/**
 * Replays the same traces with the code before the change, in a separate test run. The replay's items are later compared with
 * these. Evaluators do not run.
 */
export async function replayBaseline(
  options: ReplayOptions,
  { key, testRunId, signal, sources, plan: planOf }: BaselineRun,
): Promise<BaselineItems | undefined> {
  const { baseline, store } = options
  if (baseline === undefined) return undefined
  const items = new BaselineItems(options.evaluators)
  const { description } = typeof baseline === 'function' ? {} : (baseline as BaselineCode)
  const started = await store.testRuns.start({
    key,
    sourceTraceIds: sources.map(({ traceId }) => traceId),
    testRunId: v7(),
    baselineOf: testRunId,
    codeChangeDescription: `Baseline${description === undefined ? '' : ` ${description}`} of test run ${testRunId}`,
    ...(options.experimentGroupId !== undefined && { experimentGroupId: options.experimentGroupId }),
    ...(options.command !== undefined && { command: options.command }),
    ...startFacts(factsOf(options)),
  })
  const own = {
    ...unjudged,
    onItem: items.add.bind(items),
    onProgress: () => {},
    keepItems: false,
    ...(typeof baseline !== 'function' && { isolate: baseline.replayItem }),
  }
  const fn = typeof baseline === 'function' ? baseline : notHere
  const plan = planOf(fn, over(options, own) as ReplayOptions, started.testRunId)
  await runItems(plan, sources).finally(() => plan.guard?.release())
  await plan.writer.idle()
  const status = signal.aborted ? 'interrupted' : 'completed'
  const completing = store.testRuns.complete(started.testRunId, status).then(() => {})
  await withAbortDeadline(signal, completing, 'the store to complete the baseline', () => {})
  return items
}

const factsOf = (options: ReplayOptions): ReplayOptions =>
  over(options, { ...unjudged, baseline: undefined, mustRun: undefined }) as unknown as ReplayOptions

/** Evaluators judge only the current code. */
const unjudged = { evaluators: [], thresholds: {} }

const notHere: AnyFunction = () => {
  throw new RuntapeError('invalid-option', 'The code before the change is not in this process.')
}

function refuse(message: string): never {
  throw new RuntapeError('invalid-option', message)
}
