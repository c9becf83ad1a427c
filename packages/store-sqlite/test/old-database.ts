import { DatabaseSync } from 'node:sqlite'
import type { RunEvent } from '@runtape/core'
import { applicationId, migrations } from '../src/schema.ts'
import { sqliteStore } from '../src/sqlite-store.ts'

/** Creates a file of these events as version `version` of the schema would. */
export function writeOldDatabase(path: string, version: number, events: readonly RunEvent[]): void {
  const today = new DatabaseSync(':memory:')
  sqliteStore(today).appendSync(events)
  const old = new DatabaseSync(path)
  old.exec(
    `PRAGMA journal_mode = WAL; PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${version}`,
  )
  for (const migration of migrations.slice(0, version)) old.exec(migration)
  const columns = old
    .prepare('PRAGMA table_info(run_events)')
    .all()
    .map(column => String(column.name))
  const insert = old.prepare(`INSERT INTO run_events VALUES (${columns.map(() => '?').join(', ')})`)
  old.exec('BEGIN')
  for (const row of today.prepare(`SELECT ${columns.join(', ')} FROM run_events ORDER BY id`).all())
    insert.run(...Object.values(row))
  // Calls had their status only in the value.
  if (version === 1) old.exec("UPDATE run_events SET verdict = NULL WHERE metric LIKE 'call:%'")
  old.exec('COMMIT')
  old.close()
}
