import type { Page, PayloadFacts, SpanErrorFacts, SpanSkeleton, TraceSkeleton } from '@runtape/core/store'
import { messageLength, shortMessage } from '@runtape/core/store-helpers'
import { namedPayloadSize } from '../append/payload-parts.ts'
import type { Database } from '../database/database.ts'
import type { Revision } from '../history/revisions.ts'
import { type PageRead, pageOfFound } from '../listing/cursors.ts'
import type { Sliced } from '../reading/in-slices.ts'
import { type SpanRow, spanOfRow } from '../records/span-rows.ts'
import { placeAt, placesFrom, readOfSpans, type SpanListRead } from './span-list.ts'
import type { TraceOrders } from './trace-order.ts'

/** A page of `traces.skeleton`. */
export function* readSkeleton(
  database: Database,
  orders: TraceOrders,
  query: SpanListRead,
  asOf: Revision | undefined,
): Sliced<TraceSkeleton | undefined> {
  const read = readOfSpans(database, 'skeleton of', query, asOf)
  const first = read.cursor ? undefined : firstOfLarge(database, query.traceId, read)
  if (first) return first
  const { hasRoot, ids } = yield* orders.of(query.traceId, read.revision.spanId)
  if (!hasRoot) return undefined
  const page = pageOfPlaces(read, ids.length)
  const wanted = page.items.map(place => ids[place] ?? 0)
  const items = yield* skeletons(database, wanted, read.revision)
  return { traceId: query.traceId, spanCount: ids.length, ...page, items }
}

function pageOfPlaces(read: PageRead, count: number): Page<number> {
  const places: number[] = []
  for (const place of placesFrom(read, count)) if (places.push(place) > read.limit) break
  return pageOfFound(read, places, placeAt) ?? pageOfPlaces({ ...read, cursor: undefined }, count)
}

/** Ordering this many spans takes longer than a reader should wait for the first one. */
const largeFrom = 5000

/** The first page of a large trace: only its root, which is found without ordering the spans. */
function firstOfLarge(database: Database, traceId: string, read: PageRead): TraceSkeleton | undefined {
  const { revision } = read
  const spanCount = countSpans(database, traceId, revision.spanId)
  if (spanCount < largeFrom) return undefined
  const root = database.get<{ id: number }>(
    'SELECT id FROM span_rows WHERE trace_id = ? AND parent_span_id IS NULL AND id <= ? ORDER BY seq, started_at, span_id LIMIT 1',
    traceId,
    revision.spanId,
  )
  if (root === undefined) return undefined
  const page = pageOfPlaces({ ...read, limit: 1 }, spanCount)
  return { traceId, spanCount, ...page, items: skeletonsOf(database, [root.id], revision) }
}

// The index alone answers this count.
const countSpans = (database: Database, traceId: string, mark: number): number =>
  database.get<{ n: number }>(
    'SELECT count(*) AS n FROM span_rows WHERE trace_id = ? AND id <= ?',
    traceId,
    mark,
  )?.n ?? 0

const rowsAtOnce = 64

function* skeletons(database: Database, ids: readonly number[], revision: Revision): Sliced<SpanSkeleton[]> {
  const items: SpanSkeleton[] = []
  for (let from = 0; from < ids.length; from += rowsAtOnce) {
    items.push(...skeletonsOf(database, ids.slice(from, from + rowsAtOnce), revision))
    yield
  }
  return items
}

function skeletonsOf(
  database: Database,
  ids: readonly number[],
  { eventId, priceId }: Revision,
): SpanSkeleton[] {
  const rows = database.all<SkeletonRow>(skeletonSql, priceId, eventId, JSON.stringify(ids))
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

/** A call with usage has a separate event, which has its cost, or a price that was added later. As of a price and an event. */
const costSql = `CASE WHEN run_id IS NOT NULL THEN (
      SELECT coalesce(event.cost_nano_usd, (
        SELECT cost_nano_usd FROM event_prices WHERE event_id = event.id AND id <= ?))
      FROM run_events AS event
      WHERE event.run_id = span_rows.run_id AND event.metric = 'call:' || span_rows.span_id AND event.id <= ?
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
