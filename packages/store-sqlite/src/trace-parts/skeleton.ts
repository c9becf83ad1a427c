import type { PayloadFacts, SpanErrorFacts, SpanSkeleton, TraceSkeleton } from '@runtape/core/store'
import { decodeSpanCursor, encodeSpanCursor, messageLength, shortMessage } from '@runtape/core/store-helpers'
import { namedPayloadSize } from '../append/payload-parts.ts'
import type { Database } from '../database/database.ts'
import type { Sliced } from '../reading/in-slices.ts'
import { type SpanRow, spanOfRow } from '../records/span-rows.ts'
import { newestSpan, type TraceOrders } from './trace-order.ts'

export interface SkeletonRead {
  readonly traceId: string
  readonly limit: number
  readonly cursor?: string
}

/** A page of `traces.skeleton`. */
export function* readSkeleton(
  database: Database,
  orders: TraceOrders,
  { traceId, limit, cursor }: SkeletonRead,
): Sliced<TraceSkeleton | undefined> {
  const { offset, mark } = decodeSpanCursor('skeleton', traceId, cursor)
  const first = offset === 0 ? firstOfLarge(database, traceId) : undefined
  if (first) return first
  const order = yield* orders.of(traceId, mark)
  if (!order.hasRoot) return undefined
  const items = yield* skeletons(database, order.ids.slice(offset, offset + limit))
  const next = { list: 'skeleton', traceId, offset: offset + limit, mark: order.mark } as const
  const isLast = next.offset >= order.ids.length
  return {
    traceId,
    spanCount: order.ids.length,
    items,
    ...(!isLast && { nextCursor: encodeSpanCursor(next) }),
  }
}

/** Ordering this many spans takes longer than a reader should wait for the first one. */
const largeFrom = 5000

/** The first page of a large trace: only its root, which is found without ordering the spans. */
function firstOfLarge(database: Database, traceId: string): TraceSkeleton | undefined {
  const mark = newestSpan(database)
  const spanCount = countSpans(database, traceId, mark)
  if (spanCount < largeFrom) return undefined
  const root = database.get<{ id: number }>(
    'SELECT id FROM span_rows WHERE trace_id = ? AND parent_span_id IS NULL AND id <= ? ORDER BY seq, started_at, span_id LIMIT 1',
    traceId,
    mark,
  )
  if (root === undefined) return undefined
  const nextCursor = encodeSpanCursor({ list: 'skeleton', traceId, offset: 1, mark })
  return { traceId, spanCount, items: skeletonsOf(database, [root.id]), nextCursor }
}

// The index alone answers this count.
const countSpans = (database: Database, traceId: string, mark: number): number =>
  database.get<{ n: number }>(
    'SELECT count(*) AS n FROM span_rows WHERE trace_id = ? AND id <= ?',
    traceId,
    mark,
  )?.n ?? 0

const rowsAtOnce = 64

function* skeletons(database: Database, ids: readonly number[]): Sliced<SpanSkeleton[]> {
  const items: SpanSkeleton[] = []
  for (let from = 0; from < ids.length; from += rowsAtOnce) {
    items.push(...skeletonsOf(database, ids.slice(from, from + rowsAtOnce)))
    yield
  }
  return items
}

function skeletonsOf(database: Database, ids: readonly number[]): SpanSkeleton[] {
  const rows = database.all<SkeletonRow>(skeletonSql, JSON.stringify(ids))
  const byId = new Map(rows.map(row => [row.id, row]))
  return ids.flatMap(id => {
    const row = byId.get(id)
    return row ? [skeletonOfRow(row)] : []
  })
}

type FactColumn = `${'input' | 'output' | 'error'}_${'bytes' | 'lossy' | 'redacted' | 'truncated'}`

type SkeletonRow = SpanRow & { readonly id: number; readonly nano_usd: number | null } & {
  readonly [Column in FactColumn]: number | null
}

/** SQLite knows the size of a payload without reading it. */
const factsSql = (of: 'input' | 'output' | 'error'): string => `
    coalesce(octet_length(${of}_json), ${namedPayloadSize(`${of}_hash`)}) AS ${of}_bytes,
    json_array_length(${of}_marks_json, '$.lossy') AS ${of}_lossy,
    json_array_length(${of}_marks_json, '$.redacted') AS ${of}_redacted,
    ${of}_marks_json ->> '$.truncated' AS ${of}_truncated`

/** A call with usage has a separate event, which has its cost, or a price that was added later. */
const costSql = `CASE WHEN run_id IS NOT NULL THEN (
      SELECT coalesce(event.cost_nano_usd, (SELECT cost_nano_usd FROM event_prices WHERE event_id = event.id))
      FROM run_events AS event
      WHERE event.run_id = span_rows.run_id AND event.metric = 'call:' || span_rows.span_id
        AND event.replay_trace_id = iif(span_rows.test_run_id IS NULL, '', span_rows.trace_id)) END`

// A text that SQLite cannot store unchanged is stored as a noncharacter followed by JSON, which must not be cut.
const messageSql = `iif(substr(error_message, 1, 1) = char(65535), error_message,
      substr(error_message, 1, ${messageLength + 1}))`

const skeletonSql = `
  SELECT id, trace_id, span_id, parent_span_id, seq, key, name, type, started_at, duration_ms, start_order, end_order,
    status, result_kind, run_id, session_id, model, time_to_first_token_ms, mock_on_replay, test_run_id,
    source_trace_id, source_span_id, mocked, usage_json, tags_json, error_name, ${messageSql} AS error_message,
    NULL AS metadata_json, 'null' AS input_json, NULL AS input_marks_json, NULL AS output_json,
    NULL AS output_marks_json, NULL AS error_json, NULL AS error_marks_json,
    ${factsSql('input')}, ${factsSql('output')}, ${factsSql('error')}, ${costSql} AS nano_usd
  FROM span_rows WHERE id IN (SELECT value FROM json_each(?))`

function skeletonOfRow(row: SkeletonRow): SpanSkeleton {
  const {
    kind: _kind,
    traceId: _traceId,
    input: _input,
    output: _output,
    error: _error,
    ...own
  } = spanOfRow(row)
  const [output, value] = [factsOf(row, 'output'), factsOf(row, 'error')]
  return {
    ...own,
    input: factsOf(row, 'input') ?? { bytes: 0 },
    ...(output && { output }),
    ...(value && row.error_name !== null && { error: errorOf(row, value) }),
    ...(row.nano_usd !== null && { nanoUsd: row.nano_usd }),
  }
}

const errorOf = ({ error_name, error_message }: SkeletonRow, value: PayloadFacts): SpanErrorFacts => ({
  name: error_name ?? '',
  message: shortMessage(error_message ?? ''),
  value,
})

function factsOf(row: SkeletonRow, of: 'input' | 'output' | 'error'): PayloadFacts | undefined {
  const bytes = row[`${of}_bytes`]
  if (bytes === null) return undefined
  const truncated = row[`${of}_truncated`]
  return {
    bytes,
    ...(row[`${of}_lossy`] && { isLossy: true }),
    ...(row[`${of}_redacted`] && { isRedacted: true }),
    ...(truncated !== null && { truncated }),
  }
}
