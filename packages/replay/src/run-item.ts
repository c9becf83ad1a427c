import {
  afterTurn,
  type Logger,
  messageOf,
  replayFrame,
  runInFrame,
  type Store,
  type Trace,
} from '@runtape/core'
import type { AnyFunction } from '@runtape/trace'
import type { ActiveResources } from './active-resources.ts'
import { compareEndings, endingOf } from './captured-ending.ts'
import type { Evaluator } from './evaluators.ts'
import type { NetworkGuard } from './guard-network.ts'
import { ItemRecords, type RecordWriter } from './item-records.ts'
import { noMocks } from './mock-report.ts'
import type { MockStrategy, MockTiming } from './options.ts'
import { chunksToRead, fetchTrace, recordedArguments, recordedFacts, usageOf } from './recorded-trace.ts'
import { ReplaySession } from './replay-session.ts'
import type { FinishedItem, ReplayItem } from './report.ts'
import { runToEnd } from './run-to-end.ts'
import { scoreItem } from './score-item.ts'

/** What all items of a test run have in common. */
export interface ItemPlan {
  readonly fn: AnyFunction
  readonly key: string
  readonly receiver: unknown
  readonly store: Store
  readonly writer: RecordWriter
  readonly testRunId: string
  readonly mock: MockStrategy
  readonly onMiss: 'error' | 'run'
  readonly timing: MockTiming
  readonly resources: ActiveResources
  readonly guard: NetworkGuard | undefined
  readonly evaluators: readonly Evaluator[]
  readonly logger: Logger
}

/** Replays one trace. Whatever goes wrong is the item's `error`; nothing is thrown. */
export async function runItem(plan: ItemPlan, sourceTraceId: string): Promise<FinishedItem> {
  let item = emptyItem(sourceTraceId)
  try {
    const trace = await fetchTrace(plan.store, plan.key, sourceTraceId)
    item = { ...item, ...recordedFacts(trace) }
    item = { ...item, input: recordedArguments(trace) }
    return await runTrace(plan, trace, item)
  } catch (thrown) {
    return { item: { ...item, error: messageOf(thrown), thrown }, same: false }
  }
}

async function runTrace(plan: ItemPlan, trace: Trace, recorded: ReplayItem): Promise<FinishedItem> {
  const records = new ItemRecords(plan.writer)
  const session = new ReplaySession({ ...plan, trace, sink: records })
  plan.guard?.watch(session)
  // Arguments of its own: what the code does to them is not done to those that the item shows.
  const args = recordedArguments(trace) as never
  const outcome = await runInFrame(replayFrame(session), () =>
    runToEnd(
      () => plan.fn.apply(plan.receiver, args),
      () => chunksToRead(trace),
    ),
  )
  await session.close()
  const mocks = session.report()
  // What was answered and not waited for ends now.
  await new Promise<void>(resolve => afterTurn(resolve))
  const spans = await records.keep()
  const root = spans.find(span => span.parentSpanId === undefined)
  const item: ReplayItem = {
    ...recorded,
    ...outcome,
    // In its place: what a client makes of it need not name the request.
    ...(outcome.thrown !== undefined && refusedBy(plan.guard?.refused(session))),
    traceId: session.traceId,
    replay: { durationMs: root?.durationMs ?? null, tokens: usageOf(spans) },
    mocks,
  }
  const captured = { replay: endingOf(root), recording: endingOf(trace.root) }
  const scores = await scoreItem(plan.evaluators, { ...item, captured }, plan.logger)
  const same = root !== undefined && compareEndings(captured.replay, captured.recording) === 'same'
  return { item: { ...item, scores }, same }
}

const refusedBy = (refused: Error | undefined) => refused && { error: refused.message, thrown: refused }

function emptyItem(sourceTraceId: string): ReplayItem {
  return {
    sourceTraceId,
    input: [],
    result: undefined,
    originalOutput: undefined,
    error: null,
    originalError: null,
    durationMs: null,
    tokens: null,
    model: null,
    traceId: null,
    replay: { durationMs: null, tokens: null },
    scores: {},
    mocks: noMocks,
  }
}
