import {
  addUsage,
  isIteration,
  type Logger,
  messageOf,
  type Payload,
  RuntapeError,
  replayFrame,
  runInFrame,
  type SpanRecord,
  type Store,
  type TapeRecord,
  type TokenUsage,
  type Trace,
  warnSafely,
} from '@runtape/core'
import { type AnyFunction, decodeValue, fingerprint, type SpanDefinition } from '@runtape/trace'
import type { Evaluation, Evaluator, EvaluatorScore } from './evaluators.ts'
import { noMocks } from './mock-report.ts'
import type { MockStrategy } from './options.ts'
import { ReplaySession } from './replay-session.ts'
import type { FinishedItem, ReplayItem } from './report.ts'

/** What all items of a test run have in common. */
export interface ItemPlan {
  readonly fn: AnyFunction
  readonly definition: SpanDefinition
  readonly receiver: unknown
  readonly store: Store
  readonly testRunId: string
  readonly mock: MockStrategy
  readonly onMiss: 'error' | 'run'
  readonly evaluators: readonly Evaluator[]
  readonly logger: Logger
}

/** Replays one trace. Whatever goes wrong is the item's `error`; nothing is thrown. */
export async function runItem(plan: ItemPlan, sourceTraceId: string): Promise<FinishedItem> {
  const item = emptyItem(sourceTraceId)
  try {
    const trace = await fetchTrace(plan, sourceTraceId)
    const recorded = { ...item, ...recordedFacts(trace) }
    try {
      return await runTrace(plan, trace, { ...recorded, input: recordedArguments(trace) })
    } catch (thrown) {
      return { item: { ...recorded, error: messageOf(thrown), thrown }, same: false }
    }
  } catch (thrown) {
    return { item: { ...item, error: messageOf(thrown), thrown }, same: false }
  }
}

async function runTrace(plan: ItemPlan, trace: Trace, recorded: ReplayItem): Promise<FinishedItem> {
  const { fn, receiver, store } = plan
  const records: TapeRecord[] = []
  const session = new ReplaySession({ ...plan, trace }, record => records.push(record))
  const outcome = await settle(() =>
    runInFrame(replayFrame(session), () => consume(fn.apply(receiver, recorded.input as never))),
  )
  await persist(store, records, plan.logger)
  const root = records.find(record => record.kind === 'span' && record.parentSpanId === undefined) as
    | SpanRecord
    | undefined
  const ran: ReplayItem = {
    ...recorded,
    ...outcome,
    traceId: session.traceId,
    replay: { durationMs: root?.durationMs ?? null, tokens: usageOf(records.filter(isSpan)) },
    mocks: session.report(),
  }
  const captured = capturedOutputs(root, trace.root)
  const scores = await evaluate(plan, { ...ran, captured })
  return { item: { ...ran, scores }, same: outcome.error === null && sameCaptured(captured) }
}

async function fetchTrace({ store, definition }: ItemPlan, traceId: string): Promise<Trace> {
  const trace = await store.traces.get(traceId)
  if (!trace)
    throw new RuntapeError('no-traces', `Trace ${traceId} is not in the store. Was it recorded there?`)
  const { key } = trace.root
  if (key === definition.key) return trace
  throw new RuntapeError(
    'not-replayable',
    `Trace ${traceId} is one of '${key}', not of '${definition.key}'. Replay it through the function with its key.`,
  )
}

/** The arguments, if they are on the tape as they were. */
function recordedArguments({ traceId, root: { input } }: Trace): readonly unknown[] {
  const problem = whyNotWhole(input)
  if (problem === undefined) return decodeValue(input) as unknown[]
  throw new RuntapeError(
    'not-replayable',
    `The input of trace ${traceId} is not on the tape as it was: ${problem}.`,
  )
}

function whyNotWhole({ truncated, lossy, redacted }: Payload): string | undefined {
  if (truncated !== undefined) return `it was too large to keep (${truncated} bytes); raise maxPayloadBytes`
  if (redacted) return `${redacted.join(', ')} was redacted`
  if (lossy) return `${lossy.join(', ')} could not be kept`
  return undefined
}

function recordedFacts({ root, spans }: Trace): Partial<ReplayItem> {
  return {
    originalOutput: root.output && decodeValue(root.output),
    originalError: root.error?.message ?? null,
    durationMs: root.durationMs,
    tokens: usageOf(spans),
    model: spans.find(span => span.model !== undefined)?.model ?? null,
  }
}

const isSpan = (record: TapeRecord): record is SpanRecord => record.kind === 'span'

/** Usage sits on leaf spans only, so the sum counts nothing twice. */
function usageOf(spans: readonly SpanRecord[]): TokenUsage | null {
  return spans.reduce<TokenUsage | null>(
    (sum, { usage }) => (usage ? (sum ? addUsage(sum, usage) : usage) : sum),
    null,
  )
}

type Outcome = Pick<ReplayItem, 'result' | 'error' | 'thrown'>

async function settle(run: () => unknown): Promise<Outcome> {
  try {
    return { result: await run(), error: null }
  } catch (thrown) {
    return { result: undefined, error: messageOf(thrown), thrown }
  }
}

/** The result; a stream is read to its end, because its code runs while it is read. */
async function consume(result: unknown): Promise<unknown> {
  const value = await result
  if (!isIteration(value)) return value
  const steps = 'next' in value ? value : value[Symbol.asyncIterator]()
  const chunks: unknown[] = []
  for (;;) {
    const step = await steps.next()
    if (step.done) return { chunks, returned: step.value }
    chunks.push(step.value)
  }
}

// A trace that could not be kept shows as missing when the test run completes: see `mapTraceIds`.
async function persist(store: Store, records: readonly TapeRecord[], logger: Logger): Promise<void> {
  try {
    await store.append(records)
  } catch (error) {
    warnSafely(logger, `A replayed trace could not be kept: ${messageOf(error)}`)
  }
}

function capturedOutputs(root: SpanRecord | undefined, original: SpanRecord): Evaluation['captured'] {
  return {
    ...(root?.output && { result: root.output }),
    ...(original.output && { originalOutput: original.output }),
  }
}

function sameCaptured({ result, originalOutput }: Evaluation['captured']): boolean {
  return (
    result !== undefined &&
    originalOutput !== undefined &&
    fingerprint(result) === fingerprint(originalOutput)
  )
}

async function evaluate(
  { evaluators, logger }: ItemPlan,
  evaluation: Evaluation,
): Promise<Record<string, EvaluatorScore>> {
  const scores: Record<string, EvaluatorScore> = {}
  for (const evaluator of evaluators) {
    try {
      scores[evaluator.name] = await evaluator.evaluate(evaluation)
    } catch (error) {
      warnSafely(
        logger,
        `Evaluator '${evaluator.name}' threw: ${messageOf(error)}. The item has no score of it.`,
      )
    }
  }
  return scores
}

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
