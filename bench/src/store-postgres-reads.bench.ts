// Bills, lists and upkeep of Postgres with many runs that each have a trace, over plain SQL on one narrow row per run. CPU
// times of the server and of this process: on a busy machine, elapsed times say little. Starts a server of its own.
// `RUNS=1000000` takes some minutes and 4 GB of disk. Linux only.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { RunQuery, TraceQuery, UsageQuery } from '@runtape/core/store'
import { postgresStore } from '@runtape/store-postgres'
import { runEvent } from '@runtape/testing'
import pg from 'pg'
import { startEmbedded } from '../../packages/store-postgres/test/embedded.mjs'
import { fillStore, firstRunAt } from './many-postgres-runs.ts'
import { serverCpuMs } from './server-cpu.ts'

const runs = Number(process.env.RUNS ?? 50_000)
const dayMs = 86_400_000

const server = await startEmbedded({ shared_buffers: '1GB', max_wal_size: '8GB' })
const { connectionString } = server
const postmaster = Number(readFileSync(join(server.data, 'postmaster.pid'), 'utf8').split('\n')[0])
const store = postgresStore({ connectionString })
const client = new pg.Client({ connectionString })
await store.revision()
await client.connect()
await fillStore(store, client, runs)
await client.query(`CREATE TABLE narrow AS SELECT first_at AS at, context_key AS customer, config_key AS config, model, outcome,
    duration_ms, input_tokens, output_tokens, total_tokens, nano_usd, run_id FROM runtape.runs;
  CREATE INDEX ON narrow (at); CREATE INDEX ON narrow (customer, at); CREATE INDEX ON narrow (nano_usd)`)
for (const table of ['narrow', 'runtape.runs', 'runtape.run_events', 'runtape.spans'])
  await client.query(`VACUUM ANALYZE ${table}`)
console.log('waiting until the sums of quarters are made')
const quarters = 'SELECT count(*)::int AS n FROM runtape.usage_changes'
while ((await client.query(quarters)).rows[0].n > 0) {
  await new Promise(resolve => setTimeout(resolve, 5000))
  await store.append([runEvent({ runId: 'last', at: firstRunAt })])
}

interface Cost {
  readonly ms: number
  readonly serverMs: number
  readonly ownMs: number
  readonly blockMs: number
}

async function costOf(work: () => Promise<unknown>): Promise<Cost> {
  const delay = monitorEventLoopDelay({ resolution: 1 })
  delay.enable()
  const [ofServer, own, from] = [serverCpuMs(postmaster), process.cpuUsage(), performance.now()]
  await work()
  const [ms, { user, system }] = [performance.now() - from, process.cpuUsage(own)]
  // The last turn counts too.
  await new Promise(resolve => setTimeout(resolve, 20))
  delay.disable()
  return {
    ms,
    serverMs: serverCpuMs(postmaster) - ofServer,
    ownMs: (user + system) / 1000,
    blockMs: delay.max / 1e6,
  }
}

async function best(work: () => Promise<unknown>, times: number): Promise<Cost> {
  const all: Cost[] = []
  for (let call = 0; call < times; call++) all.push(await costOf(work))
  return all.reduce((least, one) => (one.ms < least.ms ? one : least))
}

function show(
  name: string,
  goalMs: number | undefined,
  { ms, serverMs, ownMs, blockMs }: Cost,
  floorMs?: number,
): void {
  const goal = runs === 1_000_000 && goalMs !== undefined ? `goal ${goalMs} ms  ` : ''
  const cpu = `CPU of the server ${serverMs.toFixed(0)}, here ${ownMs.toFixed(0)}  longest turn ${blockMs.toFixed(1)}`
  const floor =
    floorMs === undefined ? '' : `  floor ${floorMs.toFixed(1)}  ratio ${(ms / floorMs).toFixed(2)}`
  console.log(`${name.padEnd(30)} ${goal}${ms.toFixed(1)} ms  ${cpu}${floor}`)
}

async function compare(
  name: string,
  goalMs: number,
  floor: string,
  subject: () => Promise<unknown>,
): Promise<void> {
  const least = await best(() => client.query(floor), 3)
  show(name, goalMs, await best(subject, 3), least.ms)
}

// The delay of timers on this machine when nothing runs here.
show('nothing', undefined, await best(() => client.query('SELECT pg_sleep(0.5)'), 1))

const sums = (by: string, where = 'true') =>
  `SELECT ${by}, count(*), sum(input_tokens), sum(output_tokens), sum(total_tokens), sum(nano_usd), avg(duration_ms),
    percentile_disc(ARRAY[0.5, 0.95]) WITHIN GROUP (ORDER BY duration_ms) FROM narrow WHERE ${where} GROUP BY 1`
const bill = (query: UsageQuery) => () => store.runs.usage(query)
const day = `floor(at / ${dayMs})`
await compare('usage of all', 300, sums('1'), bill({}))
await compare('usage by hour', 300, sums('floor(at / 3600000)'), bill({ groupBy: ['hour'] }))
await compare('usage by day', 300, sums(day), bill({ groupBy: ['day'] }))
await compare('usage by customer', 1500, sums('customer'), bill({ groupBy: ['contextKey'] }))
await compare(
  'usage by customer and day',
  1500,
  sums(`customer || ${day}`),
  bill({ groupBy: ['contextKey', 'day'] }),
)
await compare('usage by model', 1500, sums('model'), bill({ groupBy: ['model'] }))
await compare(
  'usage of a config by day',
  1500,
  sums(day, `config = 'config-1'`),
  bill({ configKey: 'config-1', groupBy: ['day'] }),
)
const percentiles = 'SELECT percentile_disc(ARRAY[0.5, 0.95]) WITHIN GROUP (ORDER BY duration_ms) FROM narrow'
await compare(
  'percentiles of slow runs',
  4000,
  `${percentiles} WHERE duration_ms >= 900`,
  bill({ minDurationMs: 900 }),
)
await compare(
  'percentiles of a config',
  4000,
  `${percentiles} WHERE config = 'config-1'`,
  bill({ configKey: 'config-1' }),
)

const list = (query: RunQuery) => () => store.runs.list(query)
const rows = (text: string) => `SELECT * FROM narrow ${text} LIMIT 50`
await compare('newest runs', 10, rows('ORDER BY at DESC'), list({}))
await compare(
  'runs of a customer',
  10,
  rows(`WHERE customer = 'user-7' ORDER BY at DESC`),
  list({ contextKey: 'user-7' }),
)
await compare('dearest runs', 200, rows('ORDER BY nano_usd DESC'), list({ sort: 'cost' }))
await compare(
  'failed runs',
  200,
  rows(`WHERE outcome = 'error' ORDER BY at DESC`),
  list({ outcome: 'error' }),
)
const ofNone = `WHERE model = 'none' ORDER BY`
await compare('runs of no model', 200, rows(`${ofNone} at DESC`), list({ model: 'none' }))
await compare(
  'the same, dearest first',
  200,
  rows(`${ofNone} nano_usd DESC`),
  list({ model: 'none', sort: 'cost' }),
)
const traces = (query: TraceQuery) => () => store.traces.list(query)
await compare('newest traces', 10, rows('ORDER BY at DESC'), traces({}))
await compare(
  'traces of an hour or more',
  200,
  rows('WHERE duration_ms > 3600000 ORDER BY at DESC'),
  traces({ minDurationMs: 3_600_000 }),
)
await compare(
  'traces of failed runs',
  200,
  rows(`WHERE outcome = 'error' ORDER BY at DESC`),
  traces({ outcome: 'error' }),
)

const person = { context: { kind: 'user', key: 'user-11' } }
const old = { traces: { before: firstRunAt + dayMs }, runs: { before: firstRunAt + dayMs } }
show('erase of a person, dry', undefined, await best(() => store.erase(person, { dryRun: true }), 1))
show('erase of a person', undefined, await best(() => store.erase(person), 1))
show('prune of a day', undefined, await best(() => store.prune(old), 1))

await store.close()
await client.end()
await server.remove()
process.exit()
