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
