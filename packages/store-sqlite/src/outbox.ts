import type { RunEvent } from '@runtape/core'
import { type LeasedEvent, messageOf, type Outbox, realNow } from '@runtape/core/internal'
import { recordProblem } from '@runtape/core/store-helpers'
import type { Database } from './database/database.ts'
import type { SqliteHandle } from './database/handle.ts'
import { FollowedFile } from './files/followed-file.ts'
import { followingOutbox } from './files/following-outbox.ts'
import { fileOf, openDatabase } from './open.ts'
import { checkedBusyTimeout, checkedTarget } from './options.ts'
import { insertSetAside } from './set-aside/set-aside.ts'

export interface SqliteOutboxOptions {
  /** How long to wait, in milliseconds, while another process holds the write lock. Default: 5000. */
  readonly busyTimeoutMs?: number
}

interface OutboxRow {
  readonly id: number
  readonly event_json: string
}

/**
 * Keeps run events in an SQLite file until a remote store has acknowledged them. All processes of a machine that send
 * to the same store can share one file: if one is killed, another sends its events.
 *
 * @throws {RuntapeError} `store-unusable` as `sqliteStore` does
 *
 * @example
 * ```ts
 * import { createRecorder } from '@runtape/recorder'
 * import { sqliteOutbox } from '@runtape/store-sqlite'
 * import type { Store } from '@runtape/core/store'
 *
 * declare const remote: Store
 * const recorder = createRecorder({ store: remote, outbox: sqliteOutbox('runtape-outbox.db') })
 * ```
 */
export function sqliteOutbox(target: string | SqliteHandle, options: SqliteOutboxOptions = {}): Outbox {
  const checked = checkedTarget(target, 'sqliteOutbox')
  const busyTimeoutMs = checkedBusyTimeout(options.busyTimeoutMs)
  const path = fileOf(checked)
  if (typeof checked !== 'string' || path === undefined) return outboxOn(openDatabase(checked, busyTimeoutMs))
  return followingOutbox(new FollowedFile(path, busyTimeoutMs, { open: outboxOn, leave: () => {} }))
}

function outboxOn(database: Database): Outbox {
  return {
    put: events => put(database, events),
    lease: (limit, leaseMs) => database.transaction(() => lease(database, limit, leaseMs)),
    acknowledge: ids => forEachId(database, 'DELETE FROM outbox WHERE id = ?', ids),
    release: ids => forEachId(database, 'UPDATE outbox SET leased_until = 0 WHERE id = ?', ids),
    setAside: refused =>
      database.transaction(() => {
        for (const { id, reason } of refused) moveAside(database, id, reason)
      }),
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
  // A lease that ends further away than the longest lease was taken before the clock was set back. Its holder is gone.
  const rows = database.all<OutboxRow>(
    'SELECT id, event_json FROM outbox WHERE leased_until <= ? OR leased_until > ? ORDER BY id LIMIT ?',
    now,
    now + leaseMs,
    limit,
  )
  const leased: LeasedEvent[] = []
  for (const { id, event_json } of rows) {
    const read = readEvent(event_json)
    if (typeof read === 'string') {
      moveAside(database, id, read)
    } else {
      database.run('UPDATE outbox SET leased_until = ? WHERE id = ?', now + leaseMs, id)
      leased.push({ id, event: read })
    }
  }
  // All of these rows were damaged, but there may be others.
  return leased.length === 0 && rows.length > 0 ? lease(database, limit, leaseMs) : leased
}

/** The event, or the reason why the text is not one. */
function readEvent(json: string): RunEvent | string {
  try {
    const event: unknown = JSON.parse(json)
    const problem =
      recordProblem(event) ?? ((event as RunEvent).kind === 'run-event' ? undefined : 'not a run event')
    return problem === undefined ? (event as RunEvent) : `the outbox entry is not a run event: ${problem}`
  } catch (error) {
    return `the outbox entry cannot be read: ${messageOf(error)}`
  }
}

function moveAside(database: Database, id: number, reason: string): void {
  const row = database.get<OutboxRow>('SELECT id, event_json FROM outbox WHERE id = ?', id)
  if (!row) return
  insertSetAside(database, { origin: 'outbox', at: realNow(), reason, record_json: row.event_json })
  database.run('DELETE FROM outbox WHERE id = ?', id)
}

function forEachId(database: Database, sql: string, ids: readonly number[]): void {
  if (ids.length === 0) return
  database.transaction(() => {
    for (const id of ids) database.run(sql, id)
  })
}
