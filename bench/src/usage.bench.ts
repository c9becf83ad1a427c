// What the bill and the lists of many runs cost, over SQL on one narrow row per run in the same file. `RUNS=1000000` is
// what the goals are for: 300 ms for all runs and by hour, day or month, 1.5 s for any other cut, 10 ms for a list.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { UsageQuery } from '@runtape/core'
import { sqliteStore } from '@runtape/store-sqlite'
import { runEvent } from '@runtape/testing'
import { measure } from './measure.ts'

const runs = Number(process.env.RUNS ?? 100_000)
const directory = mkdtempSync(join(tmpdir(), 'runtape-bench-'))
const path = join(directory, 'runtape.db')
const start = Date.UTC(2026, 0, 1)
const everyMs = Math.floor((90 * 86_400_000) / runs)

/** Two events for each run, of 2,000 customers over 90 days, copied from what a store writes of them. */
async function record(): Promise<void> {
  const store = sqliteStore(path)
  const usage = { input: 812, output: 164, total: 976 }
  const fields = { runId: 'template', at: start }
  store.appendSync([
    runEvent({
      ...fields,
      metric: 'call:1',
      value: { status: 'success', durationMs: 812, usage },
      cost: { nanoUsd: 9, priceList: 'a@1' },
    }),
    runEvent({ ...fields, metric: 'duration', value: 812.5 }),
  ])
  await store.close()
  const database = new DatabaseSync(path)
  const columns = database
    .prepare('PRAGMA table_info(run_events)')
    .all()
    .map(({ name }) => String(name))
  const changed: Readonly<Record<string, string>> = {
    id: 'NULL',
    run_id: 'run.run_id',
    at: `event.at + run.n * ${everyMs}`,
    context_key: "'user-' || (run.n * 7919 % 2000)",
    config_key: "'config-' || (run.n % 3)",
    milliseconds: 'event.milliseconds + run.n * 7919 % 5000',
    input_tokens: 'event.input_tokens + run.n % 3000',
  }
  database.exec(`
    PRAGMA synchronous = OFF;
    CREATE TEMP TABLE run AS WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ${runs})
      SELECT n, lower(hex(randomblob(16))) AS run_id FROM numbers;
    INSERT INTO run_events (${columns.join(', ')})
      SELECT ${columns.map(name => changed[name] ?? `event.${name}`).join(', ')}
      FROM run CROSS JOIN run_events AS event WHERE event.run_id = 'template' ORDER BY run.n;
    CREATE TABLE narrow AS SELECT run_id, at, CAST(at / 86400000 AS INTEGER) AS day, n * 7919 % 2000 AS customer,
        812.5 + n * 7919 % 5000 AS duration, 812 + n % 3000 AS input, 164 AS output, 976 AS total, 9 AS cost
      FROM (SELECT n, run_id, ${start} + n * ${everyMs} AS at FROM run);
    CREATE INDEX narrow_time ON narrow (at)`)
  database.close()
}

const sums = 'count(*), sum(input), sum(output), sum(total), sum(cost), avg(duration)'
const percentiles = (by: string) => `
  SELECT ${by}, min(duration) FILTER (WHERE share >= 0.5), min(duration) FILTER (WHERE share >= 0.95) FROM (
    SELECT ${by}, duration, cume_dist() OVER (PARTITION BY ${by} ORDER BY duration) AS share FROM narrow
  ) GROUP BY ${by}`

/** What is asked, and the SQL that answers as much on narrow rows. */
const bills: readonly (readonly [name: string, query: UsageQuery, floor: readonly string[]])[] = [
  ['of all', {}, [`SELECT ${sums} FROM narrow`, percentiles('1')]],
  ['by day', { groupBy: ['day'] }, [`SELECT day, ${sums} FROM narrow GROUP BY day`, percentiles('day')]],
  [
    'by day in Berlin',
    { groupBy: ['day'], timeZone: 'Europe/Berlin' },
    [`SELECT day, ${sums} FROM narrow GROUP BY day`, percentiles('day')],
  ],
  [
    'by customer',
    { groupBy: ['contextKey'] },
    [`SELECT customer, ${sums} FROM narrow GROUP BY customer`, percentiles('customer')],
  ],
]

await record()
const store = sqliteStore(path)
await store.runs.usage()
const narrow = new DatabaseSync(path, { readOnly: true })
for (const [name, query, floor] of bills) {
  const statements = floor.map(sql => narrow.prepare(sql))
  await measure(
    `store-sqlite: usage ${name}, ${runs.toLocaleString('en')} runs`,
    () => {
      for (const statement of statements) statement.all()
    },
    () => store.runs.usage(query),
  )
}
const newest = narrow.prepare('SELECT run_id FROM narrow ORDER BY at DESC LIMIT 50')
const eventsOf = narrow.prepare('SELECT * FROM run_events WHERE run_id = ?')
const listFloor = () => {
  for (const row of newest.all()) eventsOf.all(String(row.run_id))
}
await measure('store-sqlite: the 50 newest runs', listFloor, () => store.runs.list())
await measure('store-sqlite: the 50 newest runs of a customer', listFloor, () =>
  store.runs.list({ contextKey: 'user-7', contextKind: 'user' }),
)
await store.close()
narrow.close()
rmSync(directory, { recursive: true })
