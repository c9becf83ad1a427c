import { DatabaseSync } from 'node:sqlite'
import type { RunEvent, SpanRecord } from '@runtape/core'
import { sqliteStore } from '@runtape/store-sqlite'

/** The floor of a run event on disk. */
export interface BareInsert {
  readonly database: DatabaseSync
  /** Inserts the template's row again, under another identity. */
  insert(event: Pick<RunEvent, 'runId' | 'metric' | 'at'>): unknown
}

/**
 * One prepared INSERT of the columns that the store fills for `template`, into the store's own schema, on the same kind
 * of connection. The row comes from a store that recorded the template, so the floor follows the schema.
 */
export async function bareInsert(path: string, template: RunEvent): Promise<BareInsert> {
  const database = await openFilled(path, [template])
  const { id: _, ...row } = database.prepare('SELECT * FROM run_events').get() as Row
  database.exec('DELETE FROM run_events')
  const columns = Object.keys(row)
  const values = Object.values(row)
  const at = (column: string) => columns.indexOf(column)
  const [runId, metric, time] = [at('run_id'), at('metric'), at('at')]
  const statement = insertInto(database, 'run_events', columns)
  const insert = (event: Pick<RunEvent, 'runId' | 'metric' | 'at'>) => {
    values[runId] = event.runId
    values[metric] = event.metric
    values[time] = event.at
    return statement.run(...values)
  }
  return { database, insert }
}

/** The floor of batches of records on disk. */
export interface BareBatches<T> {
  insertAll(records: readonly T[]): void
  close(): void
}

/**
 * One prepared INSERT, in transactions of a batch, of the columns that the store fills, into a table with the unique
 * index of events and no other.
 *
 * @param run the recorded events: their rows are inserted, with the identity and time of each event
 */
export async function bareEventInsert(
  path: string,
  run: readonly RunEvent[],
): Promise<BareBatches<RunEvent>> {
  const database = await openFilled(path, run)
  const rows = rowsOf(database, run)
  dropOtherIndexes(database, 'run_events')
  const names = [...new Set([...rows.values()].flatMap(row => Object.keys(row)))]
  const values = new Map([...rows].map(([metric, row]) => [metric, names.map(name => row[name] ?? null)]))
  const [runId, time] = [names.indexOf('run_id'), names.indexOf('at')]
  const insert = insertInto(database, 'run_events', names)
  return {
    insertAll: events => {
      if (events.length > 1) database.exec('BEGIN IMMEDIATE')
      for (const event of events) {
        const row = values.get(event.metric) ?? []
        row[runId] = event.runId
        row[time] = event.at
        insert.run(...row)
      }
      if (events.length > 1) database.exec('COMMIT')
    },
    close: () => database.close(),
  }
}

type Row = Record<string, string | number | null>

/** The columns that the store filled, by metric. */
function rowsOf(database: DatabaseSync, run: readonly RunEvent[]): Map<string, Row> {
  const select = database.prepare('SELECT * FROM run_events WHERE run_id = ? AND metric = ?')
  return new Map(
    run.map(({ runId, metric }) => {
      const { id: _, ...row } = select.get(runId, metric) as Row
      return [metric, Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null))]
    }),
  )
}

/** One prepared INSERT of a span's data, with its payloads in its row. */
export function bareSpanInsert(path: string): BareBatches<SpanRecord> {
  void sqliteStore(path).close()
  const database = openLikeStore(path)
  dropOtherIndexes(database, 'span_rows')
  const names = [
    ...['trace_id', 'span_id', 'parent_span_id', 'seq', 'key', 'name', 'type', 'started_at', 'duration_ms'],
    ...['status', 'result_kind', 'run_id', 'model', 'usage_json', 'input_json', 'output_json'],
  ]
  const insert = insertInto(database, 'span_rows', names)
  const insertOne = (span: SpanRecord) =>
    insert.run(
      span.traceId,
      span.spanId,
      span.parentSpanId ?? null,
      span.seq,
      span.key,
      span.name,
      span.type,
      span.startedAt,
      span.durationMs,
      span.status,
      span.resultKind,
      span.runId ?? null,
      span.model ?? null,
      span.usage ? JSON.stringify(span.usage) : null,
      span.input.json,
      span.output?.json ?? null,
    )
  return {
    insertAll: spans => {
      database.exec('BEGIN IMMEDIATE')
      for (const span of spans) insertOne(span)
      database.exec('COMMIT')
    },
    close: () => database.close(),
  }
}

function dropOtherIndexes(database: DatabaseSync, table: string): void {
  const indexes = database
    .prepare(
      "SELECT name FROM sqlite_schema WHERE type = 'index' AND tbl_name = ? AND sql NOT LIKE '%UNIQUE%'",
    )
    .all(table)
  for (const { name } of indexes) database.exec(`DROP INDEX ${String(name)}`)
}

/** The file of a store that recorded these events. */
async function openFilled(path: string, events: readonly RunEvent[]): Promise<DatabaseSync> {
  const store = sqliteStore(path)
  store.appendSync(events)
  await store.close()
  return openLikeStore(path)
}

function openLikeStore(path: string): DatabaseSync {
  const database = new DatabaseSync(path)
  database.exec('PRAGMA synchronous = NORMAL')
  return database
}

const insertInto = (database: DatabaseSync, table: string, columns: readonly string[]) =>
  database.prepare(
    `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`,
  )
