import { DatabaseSync } from 'node:sqlite'
import type { SqliteStore } from '@runtape/store-sqlite'
import { edgeEvent } from './edge-event.ts'

/** Runs with deliberately damaged rows: their duplicates cannot be compared. */
export const damagedRuns: readonly string[] = ['damaged-0', 'damaged-1', 'damaged-2']

/** Damages some rows of a file, and makes it refuse some records, while others write to it. */
export function spoil(store: SqliteStore, path: string): void {
  for (const runId of damagedRuns) {
    try {
      store.appendSync([edgeEvent(runId)])
    } catch {
      // The row exists, but is damaged.
    }
  }
  const database = new DatabaseSync(path)
  try {
    database.exec('PRAGMA busy_timeout = 10000')
    database.exec("UPDATE run_events SET value_json = '{' WHERE run_id LIKE 'damaged-%'")
    database.exec(`CREATE TRIGGER IF NOT EXISTS cursed BEFORE INSERT ON run_events WHEN NEW.run_id LIKE '%-cursed-%'
      BEGIN SELECT RAISE(ABORT, 'this store does not take it'); END`)
  } finally {
    database.close()
  }
}

/** The runs of a file, and how many records were set aside in it. */
export function readEdges(path: string): { readonly runs: readonly string[]; readonly setAside: number } {
  const database = new DatabaseSync(path, { readOnly: true })
  try {
    database.exec('PRAGMA busy_timeout = 10000')
    const rows = database
      .prepare("SELECT run_id FROM run_events NOT INDEXED WHERE replay_trace_id = ''")
      .all()
    const { n } = database.prepare('SELECT count(*) AS n FROM set_aside').get() ?? {}
    return { runs: rows.map(row => String(row.run_id)), setAside: Number(n) }
  } finally {
    database.close()
  }
}
