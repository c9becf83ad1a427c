import {
  type Logger,
  type PriceList,
  RuntapeError,
  type SpanRecord,
  type Store,
  type Trace,
  type TraceOptions,
} from '@runtape/core'
import {
  type AmbientFrame,
  afterMicrotasks,
  messageOf,
  type ReplayCall,
  realTimers,
  replayFrame,
  runInFrame,
} from '@runtape/core/internal'
import type { AnyFunction } from '@runtape/trace'
import { compareResults, resultOf, unreadOf } from '../../compare/call-result.ts'
import { compareCosts } from '../../compare/item-delta.ts'
import { type OutcomeWithReason, outcomeOf } from '../../compare/item-outcome.ts'
import { compareTraces } from '../../compare/trace-diff.ts'
import type { Evaluator } from '../../evaluators/evaluator.ts'
import { scoreItem } from '../../evaluators/score-item.ts'
import { DeferredOutputs, deferOutputsFrom } from '../../match/deferred-outputs.ts'
import { noMocks } from '../../match/mock-report.ts'
import { errorOfAnotherItem, joinItems } from '../../match/other-items.ts'
import type { Overrides } from '../../match/override.ts'
import type { MockPolicy, MockStrategy } from '../../match/policy.ts'
import { chunksToRead, recordedArguments, recordedFacts, usageOf } from '../../match/recorded-trace.ts'
import { ReplaySession } from '../../match/replay-session.ts'
import type { NetworkGuard } from '../../network/guard-network.ts'
import type { AdaptInputs, MockTiming, ReplayOptions } from '../../options.ts'
import { type ProcessEnd, tellOfProcessEnds } from '../../process/guard-process.ts'
import { whenStuck } from '../../process/stuck.ts'
import type { ReplayItem } from '../../report.ts'
import { fetchSource, type ReplaySource } from '../../select/source.ts'
import type { RecordWriter } from '../../test-run/record-writer.ts'
import type { ActiveResources } from '../../timers/active-resources.ts'
import { putTimers } from '../../timers/patch-timers.ts'
import { withAbortDeadline } from '../abort-deadline.ts'
import { type ItemAbort, itemStop } from '../item-abort.ts'
import { type LateErrors, whenRestIsDone } from '../late-errors.ts'
import type { UnmockedCalls } from '../unmocked-calls.ts'
import { onLateMiss, onProcessEnd, processEnd, stuckError } from './item-ends.ts'
import { outcomeReplay } from './item-frame.ts'
import { ItemRecords } from './item-records.ts'
import { type Outcome, runToEnd } from './run-to-end.ts'

/** What all items of a test run have in common. */
export interface ItemPlan {
  readonly fn: AnyFunction
  readonly key: string
  readonly receiver: unknown
  readonly store: Store
  readonly writer: RecordWriter
  readonly testRunId: string
  readonly mock: MockStrategy | MockPolicy
  readonly onMiss: 'error' | 'run'
  readonly timing: MockTiming
  readonly overrides: Overrides | undefined
  readonly adaptInputs: AdaptInputs | undefined
  readonly itemTimeoutMs: number | undefined
  readonly signal: AbortSignal
  readonly resources: ActiveResources
  readonly guard: NetworkGuard | undefined
  readonly lateErrors: LateErrors
  /** By the trace that the replay made: see `outcomeReplay`. */
  readonly frames: Map<string, AmbientFrame>
  readonly evaluators: readonly Evaluator[]
  readonly attempts: number
  /** See `ReplayOptions.isolate`. */
  readonly isolate: ReplayOptions['isolate']
  /** How many items are not begun yet. */
  readonly waiting: { count: number }
  readonly prices: PriceList | undefined
  readonly logger: Logger
  readonly unmocked: UnmockedCalls
}

/** Replays one trace. Whatever goes wrong is the item's `error`; nothing is thrown. */
export async function runItem(plan: ItemPlan, source: ReplaySource): Promise<ReplayItem> {
  const uncalled: string[] = []
  const stop = itemStop(source.traceId, plan.itemTimeoutMs, plan.signal, uncalled)
  const notStuck = whenStuck(() => stop.stop(stuckError(source.traceId, uncalled)))
  let item = emptyItem(source)
  try {
    const trace = await stop.within(fetchSource(plan.store, plan.key, source, whenToDefer(plan)))
    item = { ...item, ...recordedFacts(trace) }
    item = { ...item, input: recordedArguments(trace) }
    return await runTrace(plan, trace, item, { stop, uncalled })
  } catch (thrown) {
    return failedItem(item, thrown)
  } finally {
    notStuck()
    stop.release()
  }
}

async function runTrace(
  plan: ItemPlan,
  trace: Trace,
  recorded: ReplayItem,
  { stop, uncalled }: { readonly stop: ItemAbort; readonly uncalled: string[] },
): Promise<ReplayItem> {
  const { store, writer, testRunId, mock, onMiss, timing, overrides, resources } = plan
  const given = await givenArguments(plan, trace, stop)
  const records = new ItemRecords(writer)
  const outputs = new DeferredOutputs({ store, writer, trace, onFailure: stop.stop })
  const onRun = (call: ReplayCall) => plan.unmocked.add(call)
  const whole = { testRunId, trace, mock, onMiss, timing, overrides, resources, onRun, outputs, uncalled }
  const session = new ReplaySession({ ...whole, sink: records })
  plan.guard?.watch(session)
  putTimers(session, session)
  const told = (end: ProcessEnd, isOver: boolean) =>
    onProcessEnd(plan, session, isOver ? undefined : stop, end)
  let hasEnded = false
  tellOfProcessEnds(session, end => told(end, hasEnded || stop.isOver))
  const after = outcomeReplay(session)
  const isOver = () => stop.isOver
  tellOfProcessEnds(after, end => told(end, isOver()), isOver)
  const frame = replayFrame(after)
  plan.frames.set(session.traceId, frame)
  const leave = joinItems(session)
  const answered = await callFunction(plan, session, given, { trace, stop, leave })
  // What was answered and not waited for ends now.
  await new Promise<void>(resolve => afterMicrotasks(resolve))
  // Node tells of a rejection at the end of the turn: a process that ends then has sent no answer.
  await new Promise<void>(resolve => void realTimers.setImmediate(resolve))
  const outcome = processEnd(stop) ?? answered
  // Nothing that its code does from now on is in its outcome.
  hasEnded = true
  await whenRestIsDone(session, stop.signal)
  const mocks = session.report()
  session.onLateMiss(call => onLateMiss(plan, session, call))
  const spans = await keepRecords(plan, records, trace, stop)
  const root = spans.find(span => span.parentSpanId === undefined)
  const { delta, cost } = compareCosts(trace, spans, session.isInRealTime, plan.prices)
  const replayed = root && { traceId: session.traceId, root, spans }
  const item: ReplayItem = {
    ...recorded,
    ...outcome,
    // In its place: what a client makes of it need not name the request.
    ...(outcome.thrown !== undefined && insteadOf(plan, session, outcome.thrown)),
    ...(plan.adaptInputs && { given }),
    traceId: session.traceId,
    replay: { durationMs: root?.durationMs ?? null, tokens: usageOf(spans) },
    mocks,
    delta,
    ...(cost && { cost }),
    ...(replayed && {
      diff: compareTraces(trace, replayed, (before, after) => outputs.compared(before, after), session),
    }),
  }
  const ended = await runInFrame(frame, () => judged(plan, item, root, trace, stop))
  const settled = plan.lateErrors.failed(ended)
  return mayBeTimers(session, settled) ? { ...settled, hint: timerHint } : settled
}

// A store that takes nothing holds up a stopped item for a while, and then no other one.
async function keepRecords({ writer }: ItemPlan, records: ItemRecords, trace: Trace, stop: ItemAbort) {
  const what = `the store to keep the replay of trace ${trace.traceId}`
  return withAbortDeadline(stop.signal, records.keep(), what, error => {
    writer.giveUp()
    throw error
  })
}

// Code that may look at any output needs them at once.
function whenToDefer({ mock, overrides, adaptInputs, store }: ItemPlan): TraceOptions {
  const looks = [mock, ...Object.values(overrides ?? {})].some(each => typeof each === 'function')
  return adaptInputs || (looks && !store.traces.getSpanSync) ? {} : { deferOutputsFrom }
}

// A copy of the arguments: what the code does to them is not done to those that the item shows.
function givenArguments({ adaptInputs }: ItemPlan, trace: Trace, stop: ItemAbort) {
  const args = recordedArguments(trace)
  return adaptInputs ? stop.within(adapted(adaptInputs, args, trace)) : args
}

async function adapted(
  adaptInputs: AdaptInputs,
  args: readonly unknown[],
  trace: Trace,
): Promise<readonly unknown[]> {
  let given: unknown
  try {
    given = await adaptInputs(args, trace)
  } catch (cause) {
    throw new Error(`adaptInputs failed: ${messageOf(cause)}`, { cause })
  }
  if (Array.isArray(given)) return given
  throw new TypeError('adaptInputs gave no array of arguments.')
}

/** Calls the function in a new frame, until it ends or is no longer awaited. */
async function callFunction(
  plan: ItemPlan,
  session: ReplaySession,
  given: readonly unknown[],
  { trace, stop, leave }: { readonly trace: Trace; readonly stop: ItemAbort; readonly leave: () => void },
): Promise<Outcome> {
  const ended = runInFrame(replayFrame(session), () =>
    runToEnd(
      () => plan.fn.apply(plan.receiver, given as never),
      () => chunksToRead(trace),
    ),
  )
  const stopped = stop.stopped.then((thrown): Outcome => {
    session.stop(thrown)
    return { result: undefined, error: thrown.message, thrown }
  })
  try {
    return await Promise.race([closed(ended, session), stopped])
  } finally {
    leave()
  }
}

async function closed(ended: Promise<Outcome>, session: ReplaySession): Promise<Outcome> {
  const outcome = await ended
  await session.close()
  return outcome
}

async function judged(
  plan: ItemPlan,
  item: ReplayItem,
  root: SpanRecord | undefined,
  trace: Trace,
  stop: ItemAbort,
): Promise<ReplayItem> {
  const captured = { replay: resultOf(root), recording: resultOf(trace.root) }
  // One that was stopped has another error than its root, which may have ended all the same.
  const isOwnEnding = root !== undefined && (root.error === undefined) === (item.error === null)
  const compared = isOwnEnding ? compareResults(captured.replay, captured.recording) : undefined
  const unread = compared && unreadOf(captured.replay, captured.recording)
  const whole = unread && unread.length > 0 ? { ...item, unread } : item
  const ended = withOutcome(whole, outcomeOf(item, compared))
  const { scores, scoreErrors } = await scoreItem(plan, { ...ended, captured }, stop)
  const errors = Object.keys(scoreErrors).length > 0 && { scoreErrors }
  return { ...ended, scores, ...errors }
}

// No order of calls makes an answer that the tape does not have.
function mayBeTimers({ hadTimers }: ReplaySession, { outcome, mocks, thrown }: ReplayItem): boolean {
  const endsProcess = RuntapeError.isInstance(thrown) && thrown.code === 'process-end'
  const isTimed = outcome === 'changed' || (outcome === 'failed' && !endsProcess)
  return isTimed && hadTimers && !mocks.missed.some(({ sourceSpanId }) => sourceSpanId !== undefined)
}

const timerHint =
  "This code waits for timers, so its calls may have ended in another order than in the recording. Replay it with --timing recorded (timing: 'recorded') to see whether it is the same then."

/** An item whose code did not run, or was no longer waited for. */
export function failedItem(item: ReplayItem, thrown: unknown): ReplayItem {
  const failed = { ...item, error: messageOf(thrown), thrown }
  return withOutcome(failed, outcomeOf(failed))
}

const withOutcome = (item: ReplayItem, ended: OutcomeWithReason): ReplayItem => ({
  ...item,
  ...ended,
  same: ended.outcome === 'same',
})

// The error of an item may be wrapped beyond recognition, or be the consequence of another.
function insteadOf({ guard }: ItemPlan, session: ReplaySession, thrown: unknown) {
  const error = guard?.refused(session) ?? errorOfAnotherItem(thrown, session)
  return error && { error: error.message, thrown: error }
}

export function emptyItem({ traceId, spanId }: ReplaySource): ReplayItem {
  return {
    sourceTraceId: traceId,
    ...(spanId !== undefined && { sourceSpanId: spanId }),
    input: [],
    result: undefined,
    originalOutput: undefined,
    error: null,
    originalError: null,
    outcome: 'unknown',
    same: false,
    durationMs: null,
    tokens: null,
    model: null,
    traceId: null,
    replay: { durationMs: null, tokens: null },
    scores: {},
    mocks: noMocks,
  }
}
