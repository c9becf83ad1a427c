import { DatabaseSync } from 'node:sqlite'
import type { RunEvent } from '@runtape/core'
import { sqliteStore } from '@runtape/store-sqlite'

/** Makes a store's file of so many runs like the one given, of 2,000 customers over 90 days. */
export async function fillWithRuns(
  path: string,
  run: readonly RunEvent[],
  count: number,
  withRows: boolean,
): Promise<void> {
  const store = sqliteStore(path)
  store.appendSync(run)
  await store.close()
  copyRun(path, run[0] as RunEvent, count)
  if (!withRows) return
  const filled = sqliteStore(path)
  await filled.runs.revision()
  await filled.close()
}

function copyRun(path: string, { runId, at }: RunEvent, count: number): void {
  const database = new DatabaseSync(path)
  const columns = database
    .prepare('PRAGMA table_info(run_events)')
    .all()
    .map(({ name }) => String(name))
  const changed: Readonly<Record<string, string>> = {
    id: 'NULL',
    run_id: 'run.run_id',
    trace_id: 'CASE WHEN event.trace_id IS NOT NULL THEN lower(hex(randomblob(16))) END',
    at: `event.at + run.n * ${Math.floor((90 * 86_400_000) / count)}`,
    context_key: "'user-' || (run.n * 7919 % 2000)",
  }
  database.exec(`
    PRAGMA synchronous = OFF;
    CREATE TEMP TABLE run AS WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ${count})
      SELECT n, lower(hex(randomblob(16))) AS run_id FROM numbers;
    INSERT INTO run_events (${columns.join(', ')})
      SELECT ${columns.map(name => changed[name] ?? `event.${name}`).join(', ')}
      FROM run CROSS JOIN run_events AS event WHERE event.run_id = '${runId}' AND event.at = ${at} ORDER BY run.n`)
  database.close()
}
