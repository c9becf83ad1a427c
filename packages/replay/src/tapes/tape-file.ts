import type { Payload, RunEvent, SpanError, SpanRecord, TapeRecord } from '@runtape/core'
import type { Run, Trace } from '@runtape/core/store'
import { withoutStacks } from './without-stacks.ts'

/** Increased whenever an older file could be misread. */
export const tapeVersion = 1

/** A trace with facts about its runs, in the form of a file. */
export interface TapeFile {
  readonly tape: typeof tapeVersion
  readonly key: string
  readonly traceId: string
  /** For readers of the file: when the root started. */
  readonly recordedAt: string
  readonly runs: readonly TapeRun[]
  /** Parents before children, children in order of start. */
  readonly spans: readonly TapeSpan[]
}

/** Result and feedback of a run. Its user and cost stay in the store. */
interface TapeRun
  extends Pick<
    RunEvent,
    'runId' | 'configKey' | 'variationKey' | 'version' | 'modelName' | 'providerName' | 'traceId'
  > {
  readonly events: readonly Pick<RunEvent, 'metric' | 'value' | 'at'>[]
}

/** A payload as nested JSON instead of JSON text. */
type TapePayload = Omit<Payload, 'json'> & { readonly value: unknown }

/** A span without what the file has once; `name` is omitted if it equals the key. */
interface TapeSpan
  extends Omit<SpanRecord, 'kind' | 'traceId' | 'name' | 'input' | 'output' | 'error' | 'replay'> {
  readonly name?: string
  readonly input: TapePayload
  readonly output?: TapePayload
  readonly error?: Omit<SpanError, 'value'> & { readonly value: TapePayload }
}

const isKept = ({ metric }: RunEvent): boolean =>
  metric === 'outcome' || metric === 'feedback' || metric.startsWith('score:')

/** The trace in file form: always the same for the same trace. */
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

/** The records of a file: as written, without error stacks. */
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

// What people look for comes first, times come last.
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
