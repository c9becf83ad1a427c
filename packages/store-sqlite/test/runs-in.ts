import { DatabaseSync } from 'node:sqlite'
import { expect } from 'vitest'

/** The runs in a file, in order, read by another connection. Also checks the integrity of the file. */
export function runsIn(path: string): string[] {
  const database = new DatabaseSync(path, { readOnly: true })
  const rows = database.prepare('SELECT run_id FROM run_events ORDER BY id').all()
  expect(database.prepare('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' })
  database.close()
  return rows.map(row => String(row.run_id))
}
