import type { CopiedKind, CopiedRecord, CopyBatch } from '@runtape/core/internal'
import type { Database } from '../../database/database.ts'
import { sql } from '../../database/sql.ts'
import { clockAndWriters, endOf } from '../../history/moment.ts'
import { type EventRow, eventOfRow } from '../../records/event-rows.ts'
import { readPayloads, type SharingRow, spansOfRows } from '../../records/read-spans.ts'

type Batches<Kind extends CopiedKind> = AsyncGenerator<CopyBatch<Kind>>

/** A batch has at most this many records, and about this many bytes as they are stored. */
const [mostRecords, mostBytes] = [2000, 4_000_000]

/**
 * An id up to which no record can be added any more: writers take their ids while they hold the lock `append`, and these
 * have ended.
 */
async function settledId(database: Database): Promise<number> {
  const [row] = await database.rows<{ last: number }>(sql`SELECT last_value AS last FROM @ids`)
  await endOf(database, (await clockAndWriters(database)).writers)
  return row?.last ?? 0
}

interface StoredEvent extends EventRow {
  readonly id: number
  readonly received_at: number
}

/** Run events in the order of arrival. */
export async function* eventBatches(database: Database, after: string | undefined): Batches<'events'> {
  const last = await settledId(database)
  for (let id = Number(after ?? 0); ; ) {
    const rows = await database.rows<StoredEvent>(
      sql`SELECT id, run_id, metric, record, received_at FROM @run_events
        WHERE id > ${id} AND id <= ${last} ORDER BY id LIMIT ${mostRecords}::int`,
    )
    const newest = rows.at(-1)
    if (newest === undefined) return
    id = newest.id
    const entries = rows.map(row => ({ record: eventOfRow(row), receivedAt: row.received_at }))
    yield { kind: 'events', entries, position: String(id) }
  }
}

interface SizedRow {
  readonly id: number
  readonly bytes: number
}

/** Spans in the order of arrival. */
export async function* spanBatches(database: Database, after: string | undefined): Batches<'spans'> {
  const last = await settledId(database)
  for (let id = Number(after ?? 0); ; ) {
    const end = await endOfBatch(database, id, last)
    if (end === undefined) return
    const entries = await spansBetween(database, id, end)
    id = end
    yield { kind: 'spans', entries, position: String(id) }
  }
}

/** The last id of the next batch. */
async function endOfBatch(database: Database, after: number, last: number): Promise<number | undefined> {
  const rows = await database.rows<SizedRow>(
    sql`SELECT id, (300 + coalesce(pg_column_size(record), 0) + coalesce(pg_column_size(input), 0)
        + coalesce(pg_column_size(output), 0) + coalesce(pg_column_size(error), 0)
        + coalesce((SELECT sum(pg_column_size(json)) FROM @payloads AS payload
          WHERE payload.trace_id = span.trace_id AND payload.hash IN (span.input_hash, span.output_hash)), 0))::bigint AS bytes
      FROM @spans AS span WHERE id > ${after} AND id <= ${last} ORDER BY id LIMIT ${mostRecords}::int`,
  )
  let bytes = 0
  const large = rows.find(row => {
    bytes += row.bytes
    return bytes > mostBytes
  })
  return (large ?? rows.at(-1))?.id
}

const spansBetween = (database: Database, after: number, end: number): Promise<CopiedRecord[]> =>
  database.read(async queries => {
    const rows = await queries.rows<SharingRow & { readonly received_at: number }>(
      sql`SELECT * FROM @spans WHERE id > ${after} AND id <= ${end} ORDER BY id`,
    )
    const records = spansOfRows(rows, await readPayloads(queries, rows))
    return records.map((record, index) => ({ record, receivedAt: rows[index]?.received_at ?? 0 }))
  })
