import type { RunEvent } from '@runtape/core'
import { type LeasedEvent, type Outbox, realNow } from '@runtape/core/internal'
import type { Database } from './database.ts'
import type { SqliteHandle } from './handle.ts'
import { openDatabase } from './open.ts'

export interface SqliteOutboxOptions {
  /** How long to wait for another process that holds the write lock, in milliseconds; 5000 when left out. */
  readonly busyTimeoutMs?: number
}

interface OutboxRow {
  readonly id: number
  readonly event_json: string
}

/**
 * Keeps run events in an SQLite file until a remote store has acknowledged them. Share one file between all processes
 * of a machine that send to the same store: what a killed one leaves behind, another sends.
 *
 * @throws {RuntapeError} `store-unusable` as `sqliteStore` does.
 *
 * @example
 * ```ts
 * import { createRecorder } from '@runtape/recorder'
 * import { sqliteOutbox } from '@runtape/store-sqlite'
 * import type { Store } from '@runtape/core'
 *
 * declare const remote: Store
 * const recorder = createRecorder({ store: remote, outbox: sqliteOutbox('runtape-outbox.db') })
 * ```
 */
export function sqliteOutbox(target: string | SqliteHandle, options: SqliteOutboxOptions = {}): Outbox {
  const database = openDatabase(target, options.busyTimeoutMs ?? 5000)
  return {
    put: events => put(database, events),
    lease: (limit, leaseMs) => database.transaction(() => lease(database, limit, leaseMs)),
    acknowledge: ids => forEachId(database, 'DELETE FROM outbox WHERE id = ?', ids),
    release: ids => forEachId(database, 'UPDATE outbox SET leased_until = 0 WHERE id = ?', ids),
    size: () => database.get<{ count: number }>('SELECT COUNT(*) AS count FROM outbox')?.count ?? 0,
    close: () => database.close(),
  }
}

const insertSql = 'INSERT INTO outbox (event_json, leased_until) VALUES (?, 0)'

function put(database: Database, events: readonly RunEvent[]): void {
  const [first] = events
  if (first && events.length === 1) database.run(insertSql, JSON.stringify(first))
  else if (first) {
    database.transaction(() => {
      for (const event of events) database.run(insertSql, JSON.stringify(event))
    })
  }
}

function lease(database: Database, limit: number, leaseMs: number): LeasedEvent[] {
  const now = realNow()
  // A lease that reaches further than any does was given before the clock was set back: nobody has it any more.
  const rows = database.all<OutboxRow>(
    'SELECT id, event_json FROM outbox WHERE leased_until <= ? OR leased_until > ? ORDER BY id LIMIT ?',
    now,
    now + leaseMs,
    limit,
  )
  for (const { id } of rows)
    database.run('UPDATE outbox SET leased_until = ? WHERE id = ?', now + leaseMs, id)
  return rows.map(({ id, event_json }) => ({ id, event: JSON.parse(event_json) as RunEvent }))
}

function forEachId(database: Database, sql: string, ids: readonly number[]): void {
  if (ids.length === 0) return
  database.transaction(() => {
    for (const id of ids) database.run(sql, id)
  })
}
