// Run events into a real server (`runtape serve`, in its own process), in front of an SQLite file and of Postgres: the sustained
// rate over the rate of the same batches written directly, the time of an append at half that rate, and the memory of the server.
// `EVENTS=1000000` for longer. On a busy machine, compare the ratios only.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { RunEvent } from '@runtape/core'
import type { Store } from '@runtape/core/store'
import { httpStore } from '@runtape/store-http'
import { sqliteStore } from '@runtape/store-sqlite'
import pg from 'pg'
import { startEmbedded } from '../../packages/store-postgres/test/embedded.mjs'
import { bareUnnest } from './ingest/bare-postgres.ts'
import { batchOf } from './ingest/batches.ts'
import { startServer } from './ingest/server-process.ts'

const total = Number(process.env.EVENTS ?? 100_000)
const batchSize = Number(process.env.BATCH ?? 500)
const senders = 4
const flags = (process.env.SERVER_FLAGS ?? '').split(' ').filter(Boolean)

const folder = mkdtempSync(join(tmpdir(), 'runtape-ingest-'))
let next = 0
const batches = (count: number): RunEvent[][] =>
  Array.from({ length: Math.ceil(count / batchSize) }, () => {
    next += batchSize
    return batchOf(batchSize, next)
  })

type Append = (events: readonly RunEvent[]) => Promise<unknown>

/** Events per second of several senders, each with one append at a time. */
async function rateOf(appends: readonly Append[], count: number): Promise<number> {
  const work = batches(count)
  const queue = work.values()
  const from = performance.now()
  await Promise.all(
    appends.map(async append => {
      for (const batch of queue) await append(batch)
    }),
  )
  return (work.length * batchSize * 1000) / (performance.now() - from)
}

/** The times of appends that begin at fixed times, whether or not earlier ones have ended: sorted, in milliseconds. */
async function timesAt(rate: number, appends: readonly Append[]): Promise<number[]> {
  const times: number[] = []
  const work = batches(Math.min(total, rate * 10))
  const from = performance.now()
  const pending = work.map(async (batch, i) => {
    const due = from + (i * batchSize * 1000) / rate
    await pause(Math.max(0, due - performance.now()))
    await appends[i % appends.length]?.(batch)
    times.push(performance.now() - due)
  })
  await Promise.all(pending)
  return times.sort((a, b) => a - b)
}

const rounded = (value: number) => Math.round(value).toLocaleString('en')

async function measureServer(name: string, store: string, floor: Append): Promise<void> {
  const server = await startServer(folder, store, flags)
  const stores: Store[] = Array.from({ length: senders }, () =>
    httpStore({ url: server.url, key: server.key }),
  )
  const appends = stores.map(one => (events: readonly RunEvent[]) => one.append(events))
  await rateOf(appends, total / 10)
  await rateOf([floor], total / 10)
  const rates = { server: 0, floor: 0 }
  const rounds = 4
  for (let round = 0; round < rounds; round++) {
    rates.floor += (await rateOf([floor], total / rounds)) / rounds
    rates.server += (await rateOf(appends, total / rounds)) / rounds
  }
  const times = await timesAt(rates.server / 2, appends)
  const at = (part: number) => times[Math.floor(times.length * part)]?.toFixed(1)
  console.log(
    `${name.padEnd(9)} ${rounded(rates.server)} events/s  floor ${rounded(rates.floor)} events/s  ratio ${(rates.server / rates.floor).toFixed(2)}  ` +
      `an append of ${batchSize} at half that rate: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms  memory of the server ${rounded(server.peakMb())} MB`,
  )
  for (const one of stores) await one.close()
  await server.stop()
}

const direct = sqliteStore(join(folder, 'direct.db'))
await measureServer('SQLite', join(folder, 'served.db'), events => direct.append(events))
await direct.close()

if (process.env.ONLY !== 'sqlite') {
  const database = await startEmbedded({ shared_buffers: '512MB', max_wal_size: '4GB' })
  const client = new pg.Client({ connectionString: database.connectionString })
  await client.connect()
  await measureServer('Postgres', database.connectionString, await bareUnnest(client))
  await client.end()
  await database.remove()
}
rmSync(folder, { recursive: true, force: true })
process.exit()
