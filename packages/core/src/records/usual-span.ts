import { type Payload, resultKinds, type SpanRecord } from './records.ts'
import { usageProblem } from './token-usage.ts'

type Unchecked = Partial<SpanRecord> & { readonly toJSON?: unknown }

/**
 * True only for spans that `recordProblem` takes: it asks this first, as `isUsualEvent` of events. Any other is for the
 * list: one of a replay, with an error or tags, or whose payloads are marked.
 */
export function isUsualSpan(span: Unchecked): boolean {
  const { traceId, spanId, parentSpanId, seq, key, name, type, startedAt, durationMs, status } = span
  return (
    isHex(traceId, traceIdPattern) &&
    isHex(spanId, spanIdPattern) &&
    (parentSpanId === undefined || isHex(parentSpanId, spanIdPattern)) &&
    isCount(seq) &&
    typeof key === 'string' &&
    typeof name === 'string' &&
    typeof type === 'string' &&
    Number.isFinite(startedAt) &&
    isMilliseconds(durationMs) &&
    (status === 'ok' || status === 'cancelled' || status === 'abandoned' || status === 'unfinished') &&
    resultKinds.includes(span.resultKind as 'value') &&
    isUsualPayload(span.input) &&
    (span.output === undefined || isUsualPayload(span.output)) &&
    hasUsualFacts(span) &&
    hasNoRareFields(span)
  )
}

function hasUsualFacts({
  startOrder,
  endOrder,
  model,
  runId,
  sessionId,
  usage,
  timeToFirstTokenMs,
}: Unchecked): boolean {
  return (
    (startOrder === undefined || isCount(startOrder)) &&
    (endOrder === undefined || isCount(endOrder)) &&
    (model === undefined || typeof model === 'string') &&
    (runId === undefined || typeof runId === 'string') &&
    (sessionId === undefined || typeof sessionId === 'string') &&
    (usage === undefined || usageProblem(usage) === undefined) &&
    (timeToFirstTokenMs === undefined || isMilliseconds(timeToFirstTokenMs))
  )
}

function hasNoRareFields({ error, tags, metadata, mockOnReplay, replay, toJSON }: Unchecked): boolean {
  return (
    error === undefined &&
    tags === undefined &&
    metadata === undefined &&
    mockOnReplay === undefined &&
    replay === undefined &&
    toJSON === undefined
  )
}

function isUsualPayload(payload: unknown): boolean {
  if (typeof payload !== 'object' || payload === null || Array.isArray(payload)) return false
  const { json, meta, lossy, truncated, redacted, toJSON } = payload as Partial<Payload> & Unchecked
  const isMarked =
    meta !== undefined || lossy !== undefined || truncated !== undefined || redacted !== undefined
  return typeof json === 'string' && !isMarked && toJSON === undefined
}

const traceIdPattern = /^[0-9a-f]{32}$/
const spanIdPattern = /^[0-9a-f]{16}$/
const isHex = (value: unknown, pattern: RegExp): boolean => typeof value === 'string' && pattern.test(value)
const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0
const isMilliseconds = (value: unknown): boolean => Number.isFinite(value) && (value as number) >= 0
