import type { Payload, SpanRecord } from '@runtape/core'
import { encodeText } from '@runtape/core/store-helpers'
import { hashOfJson } from '../blobs/bodies.ts'
import { keyText } from '../database/values.ts'

/** The parameters of a span, one for each column. */
export interface SpanParams {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId: string | null
  readonly key: string
  readonly status: string
  readonly startedAt: number
  readonly durationMs: number
  readonly runId: string | null
  readonly sessionId: string | null
  /** As a JSON list. */
  readonly tags: string | null
  readonly testRunId: string | null
  readonly sourceTraceId: string | null
  readonly inputHash: string | null
  readonly outputHash: string | null
  readonly record: string
  readonly input: string | null
  readonly output: string | null
  readonly error: string | null
}

/** An object in the blob store. */
export interface BlobOfPayload {
  readonly key: string
  /** That of its row in `blobs` before the upload. */
  readonly generation: number
}

/** A payload that is kept outside the row of its span. */
export interface SharedPayload {
  readonly traceId: string
  readonly hash: string
  /** Its start, if it is in the blob store. */
  readonly json: string
  readonly blob?: BlobOfPayload
}

/** What `spanOfRow` needs. */
export interface SpanRow {
  readonly record: string
  readonly input: string | null
  readonly output: string | null
  readonly error: string | null
}

/** Payloads with fewer characters are cheaper in the row. */
const shareFrom = 2048

const keyOf = (text: string | undefined): string | null => (text === undefined ? null : keyText(text))

export function spanParams(span: SpanRecord): SpanParams {
  const { input, output, error, replay, tags } = span
  const [inputHash, outputHash] = [hashOf(input), hashOf(output)]
  return {
    traceId: span.traceId,
    spanId: span.spanId,
    parentSpanId: span.parentSpanId ?? null,
    key: keyText(span.key),
    status: span.status,
    startedAt: span.startedAt,
    durationMs: span.durationMs,
    runId: keyOf(span.runId),
    sessionId: keyOf(span.sessionId),
    tags: tags ? JSON.stringify(tags.map(tag => encodeText(keyText(tag)))) : null,
    testRunId: keyOf(replay?.testRunId),
    sourceTraceId: keyOf(replay?.sourceTraceId),
    inputHash,
    outputHash,
    record: JSON.stringify(withoutJson(span)),
    input: inputHash === null ? input.json : null,
    output: outputHash === null ? (output?.json ?? null) : null,
    error: error?.value.json ?? null,
  }
}

/** The payloads of a span that are kept outside its row. */
export function sharedPayloads(
  { input, output }: SpanRecord,
  { traceId, inputHash, outputHash }: SpanParams,
): SharedPayload[] {
  const payloads: SharedPayload[] = []
  if (inputHash !== null) payloads.push({ traceId, hash: inputHash, json: input.json })
  if (outputHash !== null && outputHash !== inputHash)
    payloads.push({ traceId, hash: outputHash, json: output?.json ?? '' })
  return payloads
}

function hashOf(payload: Payload | undefined): string | null {
  if (payload === undefined || payload.json.length < shareFrom) return null
  return hashOfJson(payload.json)
}

function withoutJson({ kind: _, input, output, error, ...span }: SpanRecord): object {
  return {
    ...span,
    input: marksOf(input),
    ...(output && { output: marksOf(output) }),
    ...(error && { error: { ...error, value: marksOf(error.value) } }),
  }
}

const marksOf = ({ json: _, ...marks }: Payload): object => marks

/** A span as it is in `record`. */
type Stored = Omit<SpanRecord, 'kind'>

/** The span as it was appended. */
export function spanOfRow(row: SpanRow): SpanRecord {
  const { input, output, error, ...span } = JSON.parse(row.record) as Stored
  return {
    kind: 'span',
    ...span,
    input: { ...input, json: row.input ?? 'null' },
    ...(output && { output: { ...output, json: row.output ?? 'null' } }),
    ...(error && { error: { ...error, value: { ...error.value, json: row.error ?? 'null' } } }),
  }
}
