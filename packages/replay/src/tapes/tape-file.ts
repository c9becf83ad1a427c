import type { Payload, Run, RunEvent, SpanError, SpanRecord, TapeRecord, Trace } from '@runtape/core'
import { withoutStacks } from './without-stacks.ts'

/** Changes whenever a file of before could be misread. */
export const tapeVersion = 1

/** A trace and what was said about its runs, as it stands in a file. */
export interface TapeFile {
  readonly tape: typeof tapeVersion
  readonly key: string
  readonly traceId: string
  /** For who reads the file: when the root started. */
  readonly recordedAt: string
  readonly runs: readonly TapeRun[]
  /** Parents before children, children in the order in which they were started. */
  readonly spans: readonly TapeSpan[]
}

/** How a run went and how it was received. Who it was for and what it cost stays in the store. */
interface TapeRun
  extends Pick<
    RunEvent,
    'runId' | 'configKey' | 'variationKey' | 'version' | 'modelName' | 'providerName' | 'traceId'
  > {
  readonly events: readonly Pick<RunEvent, 'metric' | 'value' | 'at'>[]
}

/** A payload as JSON in JSON, in place of JSON in a text. */
type TapePayload = Omit<Payload, 'json'> & { readonly value: unknown }

/** A span without what is said once for the file; `name` is left out when it is the key. */
interface TapeSpan
  extends Omit<SpanRecord, 'kind' | 'traceId' | 'name' | 'input' | 'output' | 'error' | 'replay'> {
  readonly name?: string
  readonly input: TapePayload
  readonly output?: TapePayload
  readonly error?: Omit<SpanError, 'value'> & { readonly value: TapePayload }
}

const isKept = ({ metric }: RunEvent): boolean =>
  metric === 'outcome' || metric === 'feedback' || metric.startsWith('score:')

/** The trace as a file shows it: the same for the same trace, whenever and wherever it is written. */
export function tapeOf({ traceId, root, spans }: Trace, runs: readonly Run[]): TapeFile {
  return {
    tape: tapeVersion,
    key: root.key,
    traceId,
    recordedAt: new Date(root.startedAt).toISOString(),
    runs: runs.map(tapeRunOf).sort((a, b) => (a.runId < b.runId ? -1 : 1)),
    spans: spans.map(tapeSpanOf),
  }
}

/** The records of a file: those that were written, without the stacks of errors. */
export function recordsOf({ traceId, runs, spans }: TapeFile): TapeRecord[] {
  return [...runs.flatMap(eventsOf), ...spans.map(span => spanOf(traceId, span))]
}

function tapeRunOf({
  runId,
  configKey,
  variationKey,
  version,
  modelName,
  providerName,
  ...run
}: Run): TapeRun {
  const { traceId, events } = run
  return {
    runId,
    configKey,
    variationKey,
    version,
    modelName,
    providerName,
    ...(traceId !== undefined && { traceId }),
    events: events.filter(isKept).map(({ metric, value, at }) => ({ metric, value, at })),
  }
}

function eventsOf({ events, ...run }: TapeRun): RunEvent[] {
  return events.map(event => ({ kind: 'run-event', ...run, ...event }))
}

// What a person looks for comes first, times come last.
function tapeSpanOf({ kind, traceId, replay, ...span }: SpanRecord): TapeSpan {
  const { spanId, parentSpanId, seq, key, name, type, mockOnReplay, input, output, error, ...rest } = span
  const { startedAt, durationMs, startOrder, endOrder, ...facts } = rest
  return compact({
    spanId,
    parentSpanId,
    seq,
    key,
    name: name === key ? undefined : name,
    type,
    mockOnReplay,
    input: tapePayloadOf(input),
    output: output && tapePayloadOf(output),
    error: error && { ...error, value: tapePayloadOf(error.value) },
    ...facts,
    startedAt,
    durationMs,
    startOrder,
    endOrder,
  })
}

function spanOf(traceId: string, { name, input, output, error, ...span }: TapeSpan): SpanRecord {
  return {
    kind: 'span',
    traceId,
    ...span,
    name: name ?? span.key,
    input: payloadOf(input),
    ...(output && { output: payloadOf(output) }),
    ...(error && { error: { ...error, value: payloadOf(error.value) } }),
  }
}

function tapePayloadOf(payload: Payload): TapePayload {
  const { json, meta, ...notes } = payload
  const [value, marks] = withoutStacks(JSON.parse(json), meta)
  return { value, ...(marks && { meta: marks }), ...notes }
}

const payloadOf = ({ value, ...notes }: TapePayload): Payload => ({ json: JSON.stringify(value), ...notes })

type Loose<T> = { readonly [K in keyof T]: T[K] | undefined }

/** The object without its undefined fields. */
function compact<T extends object>(fields: Loose<T>): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T
}
