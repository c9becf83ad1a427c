import type { SpanRecord } from '@runtape/core'
import type { CopiedRecord, CopyBatch } from '@runtape/core/internal'
import type { Database } from '../../database/database.ts'
import { type EventRow, eventOfRow } from '../../records/event-rows.ts'
import { type SpanRow, spanOfRow } from '../../records/span-rows.ts'

/** A batch has at most this many records, and about this many bytes: no more is in memory at a time. */
const [mostRecords, mostBytes] = [2000, 4_000_000]

type RecordBatch<Kind> = CopyBatch & { readonly kind: Kind; readonly entries: readonly CopiedRecord[] }

/** The last id of the batch before. An id above the newest one is of a later state of the file: it starts again. */
function idAfter(database: Database, table: string, after: string | undefined): number {
  const last = Number(after ?? 0)
  const newest = database.get<{ id: number | null }>(`SELECT max(id) AS id FROM ${table}`)?.id ?? 0
  return last > newest ? 0 : last
}

type StoredEvent = EventRow & { readonly id: number }

/** Run events in the order of arrival. An empty run id marks a placeholder for the newest event, which was removed. */
export function* eventBatches(
  database: Database,
  after: string | undefined,
): Generator<RecordBatch<'events'>> {
  let id = idAfter(database, 'run_events', after)
  let receivedAt = receiptBefore(database, id)
  for (;;) {
    const rows = database.all<StoredEvent>(
      `SELECT * FROM run_events WHERE id > ? ORDER BY id LIMIT ${mostRecords}`,
      id,
    )
    const last = rows.at(-1)
    if (last === undefined) return
    id = last.id
    const entries = rows.flatMap(row => {
      // An older version did not record it. Reads as of a time take that of the event before.
      receivedAt = row.received_at ?? receivedAt
      return row.run_id === '' ? [] : [{ record: eventOfRow(row), receivedAt }]
    })
    yield { kind: 'events', entries, position: String(id) }
  }
}

/** The receipt of the events up to an id; for those of an older version, from when on reads as of a time know them. */
const receiptBefore = (database: Database, id: number): number =>
  database.get<{ at: number | null }>(
    `SELECT coalesce((SELECT received_at FROM run_events WHERE id <= ? AND received_at IS NOT NULL ORDER BY id DESC LIMIT 1),
       (SELECT received_at FROM revision_times ORDER BY id LIMIT 1),
       (SELECT received_at FROM run_events WHERE received_at IS NOT NULL ORDER BY id LIMIT 1)) AS at`,
    id,
  )?.at ?? 0

type PricedRow = StoredEvent & {
  readonly price_id: number
  readonly nano_usd: number
  readonly list: string
  readonly priced_at: number
}

/** The costs that arrived after their events. */
export function* priceBatches(
  database: Database,
  after: string | undefined,
): Generator<RecordBatch<'prices'>> {
  for (let id = idAfter(database, 'event_prices', after); ; ) {
    const rows = database.all<PricedRow>(
      `SELECT run_events.*, price.id AS price_id, price.cost_nano_usd AS nano_usd, price.price_list AS list,
         price.received_at AS priced_at
       FROM event_prices AS price JOIN run_events ON run_events.id = price.event_id
       WHERE price.id > ? ORDER BY price.id LIMIT ${mostRecords}`,
      id,
    )
    const last = rows.at(-1)
    if (last === undefined) return
    id = last.price_id
    const entries = rows.map(row => ({
      record: eventOfRow({ ...row, cost_nano_usd: row.nano_usd, price_list: row.list }),
      receivedAt: row.priced_at,
    }))
    yield { kind: 'prices', entries, position: String(id) }
  }
}

interface SpanPlace {
  readonly id: number
  readonly trace_id: string
  readonly received_at: number | null
}

/** Spans in the order of arrival. An empty trace id marks a placeholder. */
export function* spanBatches(database: Database, after: string | undefined): Generator<RecordBatch<'spans'>> {
  const receiptOf = newReceipts(database)
  let [id, entries, bytes] = [idAfter(database, 'span_rows', after), [] as CopiedRecord[], 0]
  for (;;) {
    const places = database.all<SpanPlace>(
      'SELECT id, trace_id, received_at FROM span_rows WHERE id > ? ORDER BY id LIMIT 500',
      id,
    )
    for (const place of places) {
      const one = place.trace_id === '' ? undefined : spanAt(database, place.id)
      if (one) entries.push({ record: one.record, receivedAt: receiptOf(place) })
      bytes += one?.bytes ?? 0
      id = place.id
      if (entries.length < mostRecords && bytes < mostBytes) continue
      yield { kind: 'spans', entries, position: String(id) }
      ;[entries, bytes] = [[], 0]
    }
    if (places.length > 0) continue
    if (entries.length > 0) yield { kind: 'spans', entries, position: String(id) }
    return
  }
}

function spanAt(database: Database, id: number): { record: SpanRecord; bytes: number } | undefined {
  const row = database.get<SpanRow>('SELECT * FROM spans WHERE id = ?', id)
  if (row === undefined) return undefined
  const { input_json, output_json, error_json, metadata_json } = row
  const texts = [input_json, output_json, error_json, metadata_json]
  return { record: spanOfRow(row), bytes: texts.reduce((sum, text) => sum + (text?.length ?? 0), 300) }
}

/** When spans were received. An older version did not record it: it was before the next receipt that is known. */
function newReceipts(database: Database): (place: SpanPlace) => number {
  let next = { id: -1, at: 0 }
  return ({ id, received_at }) => {
    if (received_at !== null) return received_at
    if (next.id < id)
      next = database.get<typeof next>(
        'SELECT id, received_at AS at FROM span_rows WHERE id > ? AND received_at IS NOT NULL ORDER BY id LIMIT 1',
        id,
      ) ?? { id: Infinity, at: firstChange(database) }
    return next.at
  }
}

const firstChange = (database: Database): number =>
  database.get<{ at: number }>('SELECT received_at AS at FROM changes ORDER BY id LIMIT 1')?.at ?? 0
