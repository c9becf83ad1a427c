import type {
  Payload,
  ResultKind,
  SpanError,
  SpanRecord,
  SpanReplay,
  SpanStatus,
  TokenUsage,
} from '@runtape/core'
import { realNow } from '@runtape/core/internal'
import { decodeText, deferredPayload, encodeText } from '@runtape/core/store-helpers'
import { namedPayload, namedPayloadSize } from '../append/payload-parts.ts'
import type { SharedPayloads } from '../append/shared-payloads.ts'
import type { SqlValue } from '../database/handle.ts'
import { lastReceivedSql } from '../history/received.ts'
import { type Inserts, insertsInto } from '../removal/guarded-insert.ts'

/** A row of `spans`. */
export interface SpanRow {
  readonly trace_id: string
  readonly span_id: string
  readonly parent_span_id: string | null
  readonly seq: number
  readonly key: string
  readonly name: string
  readonly type: string
  readonly started_at: number
  readonly duration_ms: number
  readonly start_order: number | null
  readonly end_order: number | null
  readonly status: SpanStatus
  readonly result_kind: ResultKind
  readonly run_id: string | null
  readonly session_id: string | null
  readonly model: string | null
  readonly time_to_first_token_ms: number | null
  readonly mock_on_replay: number | null
  readonly test_run_id: string | null
  readonly source_trace_id: string | null
  readonly source_span_id: string | null
  readonly mocked: number | null
  readonly usage_json: string | null
  readonly tags_json: string | null
  readonly error_name: string | null
  readonly error_message: string | null
  readonly metadata_json: string | null
  readonly input_json: string
  readonly input_marks_json: string | null
  readonly output_json: string | null
  readonly output_marks_json: string | null
  /** The size of an omitted output, in bytes. */
  readonly output_deferred?: number | null
  readonly error_json: string | null
  readonly error_marks_json: string | null
}

const commonColumns = [
  ...['trace_id', 'span_id', 'parent_span_id', 'seq', 'key', 'name', 'type', 'started_at', 'duration_ms'],
  ...['start_order', 'end_order', 'status', 'result_kind', 'run_id', 'session_id', 'model', 'usage_json'],
  ...['input_json', 'output_json'],
]
const hashColumns = ['input_hash', 'output_hash']

/** Columns that few spans fill. Most spans are written without them, which costs less than binding as many nulls. */
const rareColumns = [
  ...[
    'time_to_first_token_ms',
    'mock_on_replay',
    'test_run_id',
    'source_trace_id',
    'source_span_id',
    'mocked',
  ],
  ...['tags_json', 'error_name', 'error_message', 'metadata_json', 'input_marks_json', 'output_marks_json'],
  ...['error_json', 'error_marks_json'],
]
const columns = [...commonColumns, ...rareColumns]
const usuallyWritten = [...commonColumns, ...hashColumns, 'received_at']
const written = [...usuallyWritten, ...rareColumns, 'error_hash', 'metadata_hash']

/** Index of `received_at` among the parameters of a span. */
export const receivedPlace = usuallyWritten.indexOf('received_at')

// Times of receipt never decrease. In a transaction, the writer computes the time once for all its spans.
const guarded = { received_at: `max(?, ${lastReceivedSql})` }
const insertSpan = insertsInto('span_rows', usuallyWritten, guarded)
const insertRareSpan = insertsInto('span_rows', written, guarded)

/** The statements that insert a span with these parameters. */
export const insertSpanSql = (params: readonly SqlValue[]): Inserts =>
  params.length > usuallyWritten.length ? insertRareSpan : insertSpan

export const selectSpanSql = `SELECT ${columns.join(', ')} FROM spans WHERE trace_id = ? AND span_id = ?`
/** Its last parameter is the last row that is included. */
export const selectSpanAtSql = `${selectSpanSql} AND id <= ?`

/** Number of spans that are read between two yields. */
const spansAtOnce = 16

const nextOfTrace = `WHERE trace_id = ? AND span_id > ? AND id <= ? ORDER BY span_id LIMIT ${spansAtOnce}`

/** Selects the next spans of a trace. The parameters are the trace, the id of the span before them, and the last row. */
export const selectSpansOfTraceSql = `SELECT ${columns.join(', ')} FROM spans ${nextOfTrace}`

const apart = {
  metadata_json: `coalesce(metadata_json, ${namedPayload('metadata_hash')}) AS metadata_json`,
  error_json: `coalesce(error_json, ${namedPayload('error_hash')}) AS error_json`,
  input_json: `coalesce(input_json, ${namedPayload('input_hash')}) AS input_json`,
  output_json: `CASE WHEN size >= ? THEN NULL
    ELSE coalesce(output_json, ${namedPayload('output_hash')}) END AS output_json`,
  output_deferred: 'CASE WHEN size >= ? THEN size END AS output_deferred',
}
const isDeferrable = `parent_span_id IS NOT NULL AND (result_kind LIKE 'promise%' OR result_kind = 'async-generator')`

/**
 * As `selectSpansOfTraceSql`. Outputs of at least the given number of bytes, if they may be loaded later, are
 * replaced by their size. The parameters are the number of bytes, the same number again, the trace, the span before
 * and the last row. SQLite knows the size of a text without reading it.
 */
export const selectSpansWithoutOutputsSql = `
  SELECT ${columns.filter(name => !(name in apart)).join(', ')}, ${Object.values(apart).join(', ')}
  FROM (
    SELECT *, CASE WHEN ${isDeferrable} THEN ${namedPayloadSize('output_hash')} END AS size
    FROM span_rows ${nextOfTrace}
  ) AS span_rows ORDER BY span_id`

/** The row that `params` of `insertSpanSql` insert, with its payloads included. */
export function rowOfParams(
  params: readonly SqlValue[],
  { input, output, error, metadata }: SpanRecord,
): SpanRow {
  const entries = columns.map(name => [name, params[written.indexOf(name)] ?? null] as const)
  const row = Object.fromEntries(entries) as unknown as SpanRow
  return {
    ...row,
    input_json: input.json,
    output_json: output?.json ?? null,
    error_json: error?.value.json ?? null,
    metadata_json: json(metadata),
  }
}

/**
 * The parameters of `insertSpanSql`.
 *
 * @param metadata as JSON
 * @param shared its payloads that are stored outside the row
 */
export function spanParams(span: SpanRecord, metadata: string | null, shared: SharedPayloads): SqlValue[] {
  const { input, output } = span
  const params: SqlValue[] = [
    span.traceId,
    span.spanId,
    span.parentSpanId ?? null,
    span.seq,
    span.key,
    span.name,
    span.type,
    span.startedAt,
    span.durationMs,
    span.startOrder ?? null,
    span.endOrder ?? null,
    span.status,
    span.resultKind,
    span.runId ?? null,
    span.sessionId ?? null,
    span.model ?? null,
    json(span.usage),
    // The payloads are already JSON.
    shared.input ? null : input.json,
    shared.output || !output ? null : output.json,
    shared.input ? shared.input.name : null,
    shared.output ? shared.output.name : null,
    realNow(),
  ]
  if (isRare(span)) params.push(...rareParams(span, metadata, shared))
  return params
}

function isRare({
  input,
  output,
  error,
  tags,
  metadata,
  mockOnReplay,
  replay,
  timeToFirstTokenMs,
}: SpanRecord): boolean {
  const isOdd = error !== undefined || replay !== undefined || mockOnReplay !== undefined
  const saysMore = tags !== undefined || metadata !== undefined || timeToFirstTokenMs !== undefined
  return isOdd || saysMore || isMarked(input) || (output !== undefined && isMarked(output))
}

function rareParams(span: SpanRecord, metadata: string | null, shared: SharedPayloads): SqlValue[] {
  const { replay, error } = span
  return [
    span.timeToFirstTokenMs ?? null,
    flag(span.mockOnReplay),
    replay?.testRunId ?? null,
    replay?.sourceTraceId ?? null,
    replay?.sourceSpanId ?? null,
    flag(replay?.mocked),
    json(span.tags?.map(encodeText)),
    error?.name ?? null,
    error?.message ?? null,
    shared.metadata ? null : metadata,
    marksOf(span.input),
    marksOf(span.output),
    shared.error ? null : (error?.value.json ?? null),
    marksOf(error?.value),
    shared.error?.name ?? null,
    shared.metadata?.name ?? null,
  ]
}

const json = (value: unknown): string | null => (value === undefined ? null : JSON.stringify(value))

const flag = (value: boolean | undefined): number | null => (value === undefined ? null : Number(value))

const isMarked = ({ meta, lossy, truncated, redacted }: Payload): boolean =>
  meta !== undefined || lossy !== undefined || truncated !== undefined || redacted !== undefined

function marksOf(payload: Payload | undefined): string | null {
  if (!payload || !isMarked(payload)) return null
  const { meta, lossy, truncated, redacted } = payload
  return JSON.stringify({ meta, lossy, truncated, redacted })
}

/** The span as it was appended. */
export function spanOfRow(row: SpanRow): SpanRecord {
  return {
    kind: 'span',
    traceId: row.trace_id,
    spanId: row.span_id,
    ...known('parentSpanId', row.parent_span_id),
    seq: row.seq,
    key: row.key,
    name: row.name,
    type: row.type,
    startedAt: row.started_at,
    durationMs: row.duration_ms,
    ...known('startOrder', row.start_order),
    ...known('endOrder', row.end_order),
    input: payloadOf(row.input_json, row.input_marks_json),
    ...known('output', outputOfRow(row)),
    resultKind: row.result_kind,
    ...known('error', errorOfRow(row)),
    status: row.status,
    ...known('usage', parsed<TokenUsage>(row.usage_json)),
    ...known('model', row.model),
    ...known('timeToFirstTokenMs', row.time_to_first_token_ms),
    ...known('runId', row.run_id),
    ...known('sessionId', row.session_id),
    ...known('tags', parsed<string[]>(row.tags_json)?.map(decodeText) ?? null),
    ...known('metadata', parsed<Record<string, unknown>>(row.metadata_json)),
    ...(row.mock_on_replay !== null && { mockOnReplay: row.mock_on_replay === 1 }),
    ...known('replay', replayOfRow(row)),
  }
}

function known<K extends string, T>(field: K, value: T | null): { readonly [F in K]?: T } {
  return (value === null ? {} : { [field]: value }) as { readonly [F in K]?: T }
}

const parsed = <T>(text: string | null): T | null => (text === null ? null : (JSON.parse(text) as T))

function payloadOf(text: string, marks: string | null): Payload {
  return { json: text, ...parsed<Omit<Payload, 'json'>>(marks) }
}

function outputOfRow({ output_json, output_marks_json, output_deferred }: SpanRow): Payload | null {
  if (output_deferred) return deferredPayload(output_deferred, parsed<Payload>(output_marks_json) ?? {})
  return output_json === null ? null : payloadOf(output_json, output_marks_json)
}

function errorOfRow(row: SpanRow): SpanError | null {
  if (row.error_name === null || row.error_json === null) return null
  const value = payloadOf(row.error_json, row.error_marks_json)
  return { name: row.error_name, message: row.error_message ?? '', value }
}

function replayOfRow(row: SpanRow): SpanReplay | null {
  if (row.test_run_id === null) return null
  return {
    testRunId: row.test_run_id,
    sourceTraceId: row.source_trace_id ?? '',
    ...known('sourceSpanId', row.source_span_id),
    mocked: row.mocked === 1,
  }
}
