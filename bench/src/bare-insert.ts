import { DatabaseSync } from 'node:sqlite'
import type { RunEvent } from '@runtape/core'
import { sqliteStore } from '@runtape/store-sqlite'

/** The least that a run event on disk can cost. */
export interface BareInsert {
  readonly database: DatabaseSync
  /** Inserts the template's row once more, under another identity. */
  insert(event: Pick<RunEvent, 'runId' | 'metric' | 'at'>): unknown
}

/**
 * One prepared INSERT of the columns that the store fills for `template`, into the store's own schema, on the same kind
 * of connection. The row is taken from a store that was given the template, so the floor follows the schema.
 */
export async function bareInsert(path: string, template: RunEvent): Promise<BareInsert> {
  const store = sqliteStore(path)
  store.appendSync([template])
  await store.close()
  const database = new DatabaseSync(path)
  database.exec('PRAGMA synchronous = NORMAL')
  const { id: _, ...row } = database.prepare('SELECT * FROM run_events').get() as Record<
    string,
    string | number | null
  >
  database.exec('DELETE FROM run_events')
  const columns = Object.keys(row)
  const values = Object.values(row)
  const at = (column: string) => columns.indexOf(column)
  const [runId, metric, time] = [at('run_id'), at('metric'), at('at')]
  const statement = database.prepare(
    `INSERT INTO run_events (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`,
  )
  const insert = (event: Pick<RunEvent, 'runId' | 'metric' | 'at'>) => {
    values[runId] = event.runId
    values[metric] = event.metric
    values[time] = event.at
    return statement.run(...values)
  }
  return { database, insert }
}

/** The least that batches of run events on disk can cost. */
export interface BareEvents {
  insertAll(events: readonly RunEvent[]): void
  close(): void
}

/**
 * One prepared INSERT, in transactions of a batch, of the columns that the store fills, into a table with the unique
 * index of events and no other.
 *
 * @param run what a store was given: its rows are what is inserted, under the identity and time of each event
 */
export async function bareEventInsert(path: string, run: readonly RunEvent[]): Promise<BareEvents> {
  const store = sqliteStore(path)
  store.appendSync(run)
  await store.close()
  const database = new DatabaseSync(path)
  database.exec('PRAGMA synchronous = NORMAL')
  const rows = rowsOf(database, run)
  dropOtherIndexes(database)
  const names = [...new Set([...rows.values()].flatMap(row => Object.keys(row)))]
  const values = new Map([...rows].map(([metric, row]) => [metric, names.map(name => row[name] ?? null)]))
  const [runId, time] = [names.indexOf('run_id'), names.indexOf('at')]
  const insert = database.prepare(
    `INSERT INTO run_events (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})`,
  )
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

/** The columns that the store has filled, by metric. */
function rowsOf(database: DatabaseSync, run: readonly RunEvent[]): Map<string, Row> {
  const select = database.prepare('SELECT * FROM run_events WHERE run_id = ? AND metric = ?')
  return new Map(
    run.map(({ runId, metric }) => {
      const { id: _, ...row } = select.get(runId, metric) as Row
      return [metric, Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null))]
    }),
  )
}

function dropOtherIndexes(database: DatabaseSync): void {
  const indexes = database
    .prepare(
      "SELECT name FROM sqlite_schema WHERE type = 'index' AND tbl_name = 'run_events' AND sql NOT LIKE '%UNIQUE%'",
    )
    .all()
  for (const { name } of indexes) database.exec(`DROP INDEX ${String(name)}`)
}
