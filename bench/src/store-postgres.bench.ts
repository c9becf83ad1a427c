// Postgres with many runs: appends in batches over bare `unnest` inserts of the same rows with the same unique index, and
// bills and lists over plain SQL on one narrow row per run. Starts a server of its own. `RUNS=1000000` takes some minutes.
// On a busy machine, compare the ratios only.
import type { RunEvent } from '@runtape/core'
import { newRunId } from '@runtape/core/internal'
import type { RunQuery, UsageQuery } from '@runtape/core/store'
import { postgresStore } from '@runtape/store-postgres'
import { runEvent } from '@runtape/testing'
import pg from 'pg'
import { startEmbedded } from '../../packages/store-postgres/test/embedded.mjs'

const runs = Number(process.env.RUNS ?? 50_000)
const batchSize = 512
const start = Date.UTC(2026, 0, 1)
const everyMs = Math.floor((90 * 86_400_000) / runs)

/** Events of a run of one of 2,000 customers, within 90 days. */
function eventsOf(n: number): RunEvent[] {
  const input = 812 + (n % 3000)
  const of = {
    ...{
      runId: newRunId(),
      at: start + n * everyMs,
      configKey: `config-${n % 3}`,
      modelName: `model-${n % 4}`,
    },
    context: { kind: 'user', key: `user-${(n * 7919) % 2000}` },
  }
  const usage = { input, output: 164, total: input + 164 }
  const call = { status: 'success', durationMs: 812, usage } as const
  const cost = { nanoUsd: 9 + ((n * 104_729) % 90_000), priceList: 'a@1' }
  const events = [
    runEvent({ ...of, metric: 'call:1', value: call, cost }),
    runEvent({ ...of, metric: 'duration', value: 812.5 + ((n * 7919) % 5000) }),
  ]
  return n % 2 ? events : [...events, runEvent({ ...of, metric: 'outcome', value: { status: 'success' } })]
}

const server = await startEmbedded({ shared_buffers: '512MB', max_wal_size: '4GB' })
const { connectionString } = server
const store = postgresStore({ connectionString })
const client = new pg.Client({ connectionString })
await store.revision()
await client.connect()
await client.query(`CREATE TABLE bare (id bigint, received_at bigint, at float8, run_id text COLLATE "C", metric text COLLATE "C",
    replay_trace_id text COLLATE "C", trace_id text, status text, record text);
  CREATE UNIQUE INDEX bare_identity ON bare (run_id, metric, replay_trace_id)`)

let id = 0
async function insertBare(events: readonly RunEvent[]): Promise<void> {
  const of = (read: (event: RunEvent) => unknown) => events.map(read)
  const lists = [
    ...[of(() => ++id), of(event => event.at), of(event => event.runId), of(event => event.metric)],
    of(({ kind: _, runId: __, metric: ___, ...rest }) => JSON.stringify(rest)),
  ]
  await client.query(
    `INSERT INTO bare (id, received_at, at, run_id, metric, replay_trace_id, record)
     SELECT id, 0, at, run_id, metric, '', record FROM unnest($1::bigint[], $2::float8[], $3::text[], $4::text[], $5::text[])
       AS u(id, at, run_id, metric, record) ON CONFLICT DO NOTHING`,
    lists,
  )
}

async function msOf(work: () => Promise<unknown>): Promise<number> {
  const from = performance.now()
  await work()
  return performance.now() - from
}

const times = { bare: 0, store: 0, events: 0 }
for (let n = 0; n < runs; ) {
  const batch: RunEvent[] = []
  while (batch.length < batchSize && n < runs) batch.push(...eventsOf(n++))
  times.events += batch.length
  times.bare += await msOf(() => insertBare(batch))
  times.store += await msOf(() => store.append(batch))
}
const perEvent = (ms: number) => `${((ms * 1000) / times.events).toFixed(1)} µs an event`
console.log(
  `append, ${batchSize} events a batch: ${perEvent(times.store)}  floor ${perEvent(times.bare)}  ratio ${(times.store / times.bare).toFixed(2)}`,
)

await client.query(`CREATE TABLE narrow AS SELECT first_at AS at, context_key AS customer, config_key AS config, model, duration_ms,
    input_tokens, output_tokens, total_tokens, nano_usd, run_id FROM runtape.runs;
  CREATE INDEX ON narrow (at); CREATE INDEX ON narrow (customer, at); CREATE INDEX ON narrow (nano_usd)`)
for (const table of ['narrow', 'runtape.runs', 'runtape.run_events'])
  await client.query(`VACUUM ANALYZE ${table}`)
console.log('waiting until the sums of quarters are made')
const quarters = 'SELECT count(*)::int AS n FROM runtape.usage_changes'
while ((await client.query(quarters)).rows[0].n > 0) {
  await new Promise(resolve => setTimeout(resolve, 5000))
  await store.append([runEvent({ runId: 'last', at: start })])
}

async function compare(
  name: string,
  goalMs: number,
  floor: string,
  subject: () => Promise<unknown>,
): Promise<void> {
  const best = async (work: () => Promise<unknown>) => {
    const all: number[] = []
    for (let call = 0; call < 5; call++) all.push(await msOf(work))
    return Math.min(...all)
  }
  const [floorMs, ms] = [await best(() => client.query(floor)), await best(subject)]
  const goal = runs === 1_000_000 ? `goal ${goalMs} ms  ` : ''
  console.log(
    `${name.padEnd(28)} ${goal}${ms.toFixed(1)} ms  floor ${floorMs.toFixed(1)} ms  ratio ${(ms / floorMs).toFixed(2)}`,
  )
}

const sums = (by: string, where = 'true') =>
  `SELECT ${by}, count(*), sum(input_tokens), sum(output_tokens), sum(total_tokens), sum(nano_usd), avg(duration_ms),
    percentile_disc(ARRAY[0.5, 0.95]) WITHIN GROUP (ORDER BY duration_ms) FROM narrow WHERE ${where} GROUP BY 1`
const bill = (query: UsageQuery) => () => store.runs.usage(query)
await compare('usage of all', 300, sums('1'), bill({}))
await compare('usage by hour', 300, sums('floor(at / 3600000)'), bill({ groupBy: ['hour'] }))
await compare('usage by day', 300, sums('floor(at / 86400000)'), bill({ groupBy: ['day'] }))
await compare('usage by customer', 1500, sums('customer'), bill({ groupBy: ['contextKey'] }))
await compare('usage by model', 1500, sums('model'), bill({ groupBy: ['model'] }))
await compare(
  'usage of a config by day',
  1500,
  sums('floor(at / 86400000)', `config = 'config-1'`),
  bill({ configKey: 'config-1', groupBy: ['day'] }),
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
  'runs that do not exist',
  200,
  rows(`WHERE model = 'none' ORDER BY at DESC`),
  list({ model: 'none' }),
)

await store.close()
await client.end()
await server.remove()
process.exit()
