import { DatabaseSync } from 'node:sqlite'
import type { RunEvent } from '@runtape/core'
import { sqliteStore } from '@runtape/store-sqlite'

/** The milliseconds between the starts of this many runs, so that they span 90 days. */
export const everyMs = (count: number): number => Math.floor((90 * 86_400_000) / count)

/** Makes a store's file with this many copies of the run, of 2,000 customers over 90 days. */
export async function fillWithRuns(
  path: string,
  run: readonly RunEvent[],
  count: number,
  withRows: boolean,
): Promise<void> {
  const database = await copyRun(path, run, count, {
    trace_id: 'CASE WHEN event.trace_id IS NOT NULL THEN lower(hex(randomblob(16))) END',
  })
  database.close()
  if (!withRows) return
  const filled = sqliteStore(path)
  await filled.revision()
  await filled.close()
}

/**
 * Has a store write the run, and copies its rows for the other runs. Returns the open database, where the table `run`
 * has their numbers (`n`, from 1) and ids.
 *
 * @param differs SQL for columns that differ by `run.n` beyond time and customer
 */
export async function copyRun(
  path: string,
  run: readonly RunEvent[],
  count: number,
  differs: Readonly<Record<string, string>>,
): Promise<DatabaseSync> {
  const store = sqliteStore(path)
  store.appendSync(run)
  await store.close()
  const { runId, at } = run[0] as RunEvent
  const database = new DatabaseSync(path)
  const columns = database
    .prepare('PRAGMA table_info(run_events)')
    .all()
    .map(({ name }) => String(name))
  const changed: Readonly<Record<string, string>> = {
    id: 'NULL',
    run_id: 'run.run_id',
    at: `event.at + run.n * ${everyMs(count)}`,
    context_key: "'user-' || (run.n * 7919 % 2000)",
    ...differs,
  }
  database.exec(`
    PRAGMA synchronous = OFF;
    CREATE TEMP TABLE run AS WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ${count})
      SELECT n, lower(hex(randomblob(16))) AS run_id FROM numbers;
    INSERT INTO run_events (${columns.join(', ')})
      SELECT ${columns.map(name => changed[name] ?? `event.${name}`).join(', ')}
      FROM run CROSS JOIN run_events AS event WHERE event.run_id = '${runId}' AND event.at = ${at} ORDER BY run.n`)
  return database
}
