import type { Payload, SpanRecord } from '@runtape/core'
import type { Cuts } from './cuts.ts'
import type { Told } from './dialects/dialect.ts'
import type { Attributes, OtelSpan } from './wire/otel-span.ts'

/** What a span says, in whose words, what is missing of it, and whose run it is. */
export interface SpanFacts {
  readonly told: Told & { readonly dialect?: string }
  readonly cuts: Cuts
  readonly runId: string | undefined
}

/** The span of our tape for a span of OpenTelemetry. */
export function spanRecord(span: OtelSpan, { told, cuts, runId }: SpanFacts): SpanRecord {
  const { model, usage, timeToFirstTokenMs, sessionId, tags } = told
  const { traceId, spanId, parentSpanId, name, startMs, endMs } = span
  const [isRoot, hasEnd] = [parentSpanId === '', endMs >= startMs]
  return {
    ...{ kind: 'span', traceId, spanId, key: name, name, type: told.type, resultKind: 'promise' },
    ...(!isRoot && { parentSpanId }),
    // Children come in any order. What comes later starts later, which is all that a position says.
    seq: isRoot ? 0 : Math.max(0, Math.floor(startMs * 1000)),
    startedAt: startMs,
    durationMs: hasEnd ? endMs - startMs : 0,
    input: payloadOf(told.input === undefined ? undefined : [told.input], cuts.input),
    ...(told.output !== undefined && { output: payloadOf(told.output, cuts.output) }),
    ...statusOf(span, hasEnd),
    ...(model !== undefined && { model }),
    ...(usage && { usage }),
    ...(timeToFirstTokenMs !== undefined && { timeToFirstTokenMs }),
    ...(runId !== undefined && { runId }),
    ...(sessionId !== undefined && { sessionId }),
    ...(tags && { tags }),
    metadata: metadataOf(span, told, cuts),
  }
}

const payloadOf = (value: unknown, lossy: readonly string[]): Payload =>
  value === undefined
    ? { json: '[]', lossy: ['$: the span of OpenTelemetry has no input'] }
    : { json: JSON.stringify(value), ...(lossy.length > 0 && { lossy }) }

function statusOf(
  { isError, statusMessage, events }: OtelSpan,
  hasEnd: boolean,
): Pick<SpanRecord, 'status' | 'error'> {
  if (!hasEnd) return { status: 'unfinished' }
  if (!isError) return { status: 'ok' }
  const { name, message } = errorOf(statusMessage, events)
  return { status: 'error', error: { name, message, value: { json: JSON.stringify({ name, message }) } } }
}

/** The error of a span: that of its exception, or its status. */
export function errorOf(
  statusMessage: string,
  events: OtelSpan['events'],
): { name: string; message: string } {
  const { attributes } = events.find(({ name }) => name === 'exception') ?? {}
  const [name, message] = [attributes?.['exception.type'], attributes?.['exception.message']]
  return {
    name: typeof name === 'string' && name !== '' ? name : 'Error',
    message: typeof message === 'string' ? message : statusMessage,
  }
}

/** Longer values are contents, which are the input and the output. */
const longestFact = 1000

function metadataOf(
  { scope, resource, attributes }: OtelSpan,
  { dialect, input, output, prompt, metadata, responseId }: SpanFacts['told'],
  cuts: Cuts,
): Readonly<Record<string, unknown>> {
  const isWhole = cuts.input.length + cuts.output.length === 0
  return {
    // First, so that no name of an application takes the place of ours.
    ...metadata,
    ...(prompt && { prompt }),
    source: 'opentelemetry',
    ...(dialect !== undefined && { dialect }),
    ...(responseId !== undefined && { responseId }),
    ...(scope !== '' && { scope }),
    ...(typeof resource['service.name'] === 'string' && { service: resource['service.name'] }),
    // What a replay can answer from: a call without its output cannot be answered, and one without its input not matched.
    answersReplays: isWhole && input !== undefined && output !== undefined,
    attributes: factsOf(attributes),
  }
}

function factsOf(attributes: Attributes): Readonly<Record<string, unknown>> {
  const facts = Object.entries(attributes).filter(
    ([, value]) =>
      typeof value === 'number' ||
      typeof value === 'boolean' ||
      (typeof value === 'string' && value.length <= longestFact),
  )
  return Object.fromEntries(facts)
}
