// The time of the bill and the lists of 1,000,000 runs, with the goal and the time of SQL on one narrow row per run in
// the same file. On a busy machine, compare the CPU time and the ratio to the floor. `RUNS=100000` is faster.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { RunQuery, UsageQuery } from '@runtape/core/store'
import { type SqliteStore, sqliteStore } from '@runtape/store-sqlite'
import { runEvent } from '@runtape/testing'
import { copyRun, everyMs } from './many-runs.ts'

const runs = Number(process.env.RUNS ?? 1_000_000)
const directory = mkdtempSync(join(tmpdir(), 'runtape-bench-'))
const path = join(directory, 'runtape.db')
const start = Date.UTC(2026, 0, 1)

/** Two events per run, of 2,000 customers over 90 days, copied from a store's rows. */
async function record(): Promise<void> {
  const usage = { input: 812, output: 164, total: 976 }
  const fields = { runId: 'template', at: start }
  const template = [
    runEvent({
      ...fields,
      metric: 'call:1',
      value: { status: 'success', durationMs: 812, usage },
      cost: { nanoUsd: 9, priceList: 'a@1' },
    }),
    runEvent({ ...fields, metric: 'duration', value: 812.5 }),
  ]
  const database = await copyRun(path, template, runs, {
    config_key: "'config-' || (run.n % 3)",
    model_name: "'model-' || (run.n * 31 % 4)",
    milliseconds: 'event.milliseconds + run.n * 7919 % 5000',
    input_tokens: 'event.input_tokens + run.n % 3000',
    cost_nano_usd: 'event.cost_nano_usd + run.n * 104729 % 90000',
  })
  database.exec(`
    CREATE TABLE narrow AS SELECT run_id, at, CAST(at / 86400000 AS INTEGER) AS day, CAST(at / 2592000000 AS INTEGER) AS month, CAST(at / 3600000 AS INTEGER) AS hour,
        n * 7919 % 2000 AS customer, n % 3 AS config, n * 31 % 4 AS model, 812.5 + n * 7919 % 5000 AS duration,
        812 + n % 3000 AS input, 164 AS output, 976 AS total, 9 + n * 104729 % 90000 AS cost
      FROM (SELECT n, run_id, ${start} + n * ${everyMs(runs)} AS at FROM run);
    CREATE INDEX narrow_time ON narrow (at);
    CREATE INDEX narrow_customer ON narrow (customer, at)`)
  database.close()
}

/** Sums and percentiles. */
const bill = (by: string, where = '1'): string[] => [
  `SELECT ${by}, count(*), sum(input), sum(output), sum(total), sum(cost), avg(duration) FROM narrow WHERE ${where} GROUP BY ${by}`,
  `SELECT ${by}, min(duration) FILTER (WHERE share >= 0.5), min(duration) FILTER (WHERE share >= 0.95) FROM (
    SELECT ${by}, duration, cume_dist() OVER (PARTITION BY ${by} ORDER BY duration) AS share FROM narrow WHERE ${where}
  ) GROUP BY ${by}`,
]

interface Bill {
  readonly name: string
  readonly goalMs: number
  readonly query: UsageQuery
  readonly floor: readonly string[]
}

// Each has its percentiles.
const bills: readonly Bill[] = [
  { name: 'of all', goalMs: 300, query: {}, floor: bill("'all'") },
  { name: 'by hour', goalMs: 300, query: { groupBy: ['hour'] }, floor: bill('hour') },
  { name: 'by day', goalMs: 300, query: { groupBy: ['day'] }, floor: bill('day') },
  { name: 'by month', goalMs: 300, query: { groupBy: ['month'] }, floor: bill('month') },
  {
    name: 'by day in Berlin',
    goalMs: 300,
    query: { groupBy: ['day'], timeZone: 'Europe/Berlin' },
    floor: bill('day'),
  },
  { name: 'by customer', goalMs: 1500, query: { groupBy: ['contextKey'] }, floor: bill('customer') },
  {
    name: 'by customer and day',
    goalMs: 1500,
    query: { groupBy: ['contextKey', 'day'] },
    floor: bill('customer, day'),
  },
  {
    name: 'by model and config',
    goalMs: 1500,
    query: { groupBy: ['model', 'config'] },
    floor: bill('model, config'),
  },
  {
    name: 'of a config by day',
    goalMs: 1500,
    query: { configKey: 'config-1', groupBy: ['day'] },
    floor: bill('day', 'config = 1'),
  },
  {
    name: 'of a customer by hour',
    goalMs: 1500,
    query: { contextKey: 'user-7', groupBy: ['hour'] },
    floor: bill('hour', 'customer = 7'),
  },
  {
    name: 'of ten days by config',
    goalMs: 1500,
    query: { since: '2026-02-01T07:31', until: '2026-02-11', groupBy: ['config'] },
    floor: bill('config', `at >= ${Date.UTC(2026, 1, 1, 7, 31)} AND at < ${Date.UTC(2026, 1, 11)}`),
  },
]

interface List {
  readonly name: string
  readonly goalMs: number
  readonly query: RunQuery
  /** The SQL after `SELECT run_id FROM narrow`. */
  readonly floor: string
}

const lists: readonly List[] = [
  { name: 'newest', goalMs: 10, query: {}, floor: 'ORDER BY at DESC' },
  {
    name: 'of a customer',
    goalMs: 10,
    query: { contextKey: 'user-7' },
    floor: 'WHERE customer = 7 ORDER BY at DESC',
  },
  {
    name: 'of a config',
    goalMs: 10,
    query: { configKey: 'config-1' },
    floor: 'WHERE config = 1 ORDER BY at DESC',
  },
  {
    name: 'of a customer and a model',
    goalMs: 200,
    query: { contextKey: 'user-7', model: 'model-1' },
    floor: 'WHERE customer = 7 AND model = 1 ORDER BY at DESC',
  },
  {
    name: 'that are rare',
    goalMs: 200,
    query: { model: 'model-2', configKey: 'config-1', minNanoUsd: 89_990 },
    floor: 'WHERE model = 2 AND config = 1 AND cost > 89990 ORDER BY at DESC',
  },
  {
    name: 'that do not exist',
    goalMs: 200,
    query: { model: 'model-2', configKey: 'config-1', outcome: 'error' },
    floor: 'WHERE model = 2 AND config = 1 AND total = 0 ORDER BY at DESC',
  },
  { name: 'dearest', goalMs: 200, query: { sort: 'cost' }, floor: 'ORDER BY cost DESC' },
  {
    name: 'longest of a config',
    goalMs: 200,
    query: { sort: 'duration', configKey: 'config-2' },
    floor: 'WHERE config = 2 ORDER BY duration DESC',
  },
  {
    name: 'fewest tokens in ten days',
    goalMs: 200,
    query: { sort: 'tokens', order: 'ascending', since: '2026-02-01', until: '2026-02-11' },
    floor: `WHERE at >= ${Date.UTC(2026, 1, 1)} AND at < ${Date.UTC(2026, 1, 11)} ORDER BY total, at DESC`,
  },
]

interface Times {
  readonly ms: number
  /** Of all threads. */
  readonly cpuMs: number
}

/** The fastest of a few calls, the least disturbed one. */
async function fastest(call: () => unknown, calls: number): Promise<Times> {
  const times: Times[] = []
  for (let n = 0; n < calls; n++) {
    const [from, cpu] = [performance.now(), process.cpuUsage()]
    await call()
    const { user, system } = process.cpuUsage(cpu)
    times.push({ ms: performance.now() - from, cpuMs: (user + system) / 1000 })
  }
  const least = (name: keyof Times) => Math.min(...times.map(each => each[name]))
  return { ms: least('ms'), cpuMs: least('cpuMs') }
}

async function compare(name: string, goalMs: number, floor: () => unknown, subject: () => unknown) {
  await subject()
  const [floorTimes, times] = [await fastest(floor, 3), await fastest(subject, 7)]
  const ms = (value: number) => `${value.toFixed(value < 20 ? 1 : 0)} ms`.padStart(8)
  const goal = runs === 1_000_000 ? `goal ${ms(goalMs)}  ` : ''
  const taken = `${ms(times.ms)} (CPU ${ms(times.cpuMs)})  floor ${ms(floorTimes.ms)} (CPU ${ms(floorTimes.cpuMs)})`
  console.log(`${name.padEnd(50)} ${goal}${taken}  ratio ${(times.cpuMs / floorTimes.cpuMs).toFixed(2)}`)
}

/** The maximum CPU time of one event loop turn of the thread while it reads, in milliseconds. */
async function longestTurn(read: () => Promise<unknown>): Promise<number> {
  if (!process.threadCpuUsage) return Number.NaN
  let [most, isDone, last] = [0, false, process.threadCpuUsage()]
  const turn = () => {
    const { user, system } = process.threadCpuUsage(last)
    most = Math.max(most, (user + system) / 1000)
    last = process.threadCpuUsage()
    if (!isDone) setImmediate(turn)
  }
  setImmediate(turn)
  await read()
  isDone = true
  return most
}

async function turnsOf(title: string, store: SqliteStore): Promise<void> {
  const reads = [
    ...bills.map(({ query }) => store.runs.usage(query)),
    ...lists.map(({ query }) => store.runs.list(query)),
  ]
  await Promise.all(reads)
  let most = 0
  for (const { query } of bills) most = Math.max(most, await longestTurn(() => store.runs.usage(query)))
  for (const { query } of lists) most = Math.max(most, await longestTurn(() => store.runs.list(query)))
  console.log(`${title.padEnd(50)} goal     5 ms  ${most.toFixed(1)} ms of CPU`)
}

await record()
const store = sqliteStore(path, { worker: true })
await store.runs.usage()
const narrow = new DatabaseSync(path, { readOnly: true })
const of = `${runs.toLocaleString('en')} runs`
for (const { name, goalMs, query, floor } of bills) {
  const statements = floor.map(sql => narrow.prepare(sql))
  const read = () => {
    for (const statement of statements) statement.all()
  }
  await compare(`usage ${name}, ${of}`, goalMs, read, () => store.runs.usage(query))
}
const eventsOf = narrow.prepare('SELECT * FROM run_events WHERE run_id = ?')
for (const { name, goalMs, query, floor } of lists) {
  const statement = narrow.prepare(`SELECT run_id FROM narrow ${floor} LIMIT 50`)
  const read = () => {
    for (const row of statement.all()) eventsOf.all(String(row.run_id))
  }
  await compare(`the 50 runs ${name}, ${of}`, goalMs, read, () => store.runs.list(query))
}
await turnsOf('the longest turn of the thread, with the worker', store)
await store.close()
narrow.close()
const onHandle = sqliteStore(new DatabaseSync(path))
await turnsOf('the longest turn of the thread, on a handle', onHandle)
await onHandle.close()
rmSync(directory, { recursive: true })
