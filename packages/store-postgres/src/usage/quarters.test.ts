import type { RunEvent } from '@runtape/core'
import type { Store, UsageQuery } from '@runtape/core/store'
import { memoryStore, runEvent, testTime } from '@runtape/testing'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { testSchema, testServer } from '../../test/server.ts'
import { run } from '../../test/subject.ts'
import type { Database } from '../database/database.ts'
import { openDatabase } from '../database/open.ts'
import { postgresStore } from '../index.ts'
import { checkedOptions } from '../options.ts'
import { keepQuarters } from './keep-quarters.ts'

const schema = testSchema()
let connectionString: string
let database: Database
let store: Store
let memory: Store

beforeAll(async () => {
  connectionString = await testServer()
  store = postgresStore({ connectionString, schema })
  memory = memoryStore()
  database = openDatabase(checkedOptions({ connectionString, schema }))
})
afterAll(async () => {
  await store.close()
  await database.close()
  await run(connectionString, `DROP SCHEMA ${schema} CASCADE`)
})

const queries: readonly UsageQuery[] = [
  {},
  { groupBy: ['hour'] },
  { groupBy: ['day'] },
  { groupBy: ['month', 'day'], orderBy: 'runs', limit: 2 },
  { groupBy: ['hour'], timeZone: 'Asia/Kathmandu', orderBy: 'tokens', limit: 3 },
  { groupBy: ['day'], timeZone: 'America/New_York' },
  { groupBy: ['bucket'], bucketMs: 604_800_000 },
  { groupBy: ['bucket'], bucketMs: 60_000 },
  { since: testTime + 400_000, until: testTime + 5_000_000, groupBy: ['hour'] },
  { since: testTime + 900_000 },
  { groupBy: ['config', 'hour'] },
  { configKey: 'b', groupBy: ['hour'] },
]

const bills = (of: Store, asOf?: string) =>
  Promise.all(queries.map(query => of.runs.usage({ ...query, ...(asOf !== undefined && { asOf }) })))

const keptQuarters = async (): Promise<number> =>
  (await run(connectionString, `SELECT count(*)::int AS n FROM ${schema}.usage_quarters`)).rows[0].n

/** An event of one of a few runs, within some hours. */
const event = fc
  .record({
    run: fc.integer({ min: 0, max: 30 }),
    metric: fc.constantFrom('duration', 'time-to-first-token', 'tokens', 'outcome', 'feedback'),
    afterMs: fc.integer({ min: -3_600_000, max: 20_000_000 }),
    amount: fc.double({ min: 0, max: 100_000, noNaN: true }),
  })
  .map(({ run: number, metric, afterMs, amount }): RunEvent => {
    const input = Math.floor(amount)
    const values = {
      tokens: { input, output: 1, total: input + 1 },
      outcome: { status: number % 2 ? 'success' : 'cancelled' },
      feedback: { kind: 'positive' },
    } as const
    return runEvent({
      runId: `run-${number}`,
      metric: metric as RunEvent['metric'],
      value: values[metric as keyof typeof values] ?? Math.abs(amount),
      at: testTime + afterMs,
      configKey: number % 3 ? 'a' : 'b',
      ...(metric === 'tokens' && number % 4 && { cost: { nanoUsd: input, priceList: 'a@1' } }),
    })
  })

test('bills from kept sums equal those of memory, whatever arrives before, between and after they are made', async () => {
  const past: { revision: string; bills: unknown }[] = []
  await fc.assert(
    fc.asyncProperty(
      fc.array(event, { minLength: 1, maxLength: 12 }),
      fc.boolean(),
      async (events, keeps) => {
        for (const one of [store, memory]) await one.append(events)
        if (keeps) await keepQuarters(database, -1)
        const now = await bills(memory)
        expect(await bills(store)).toEqual(now)
        past.push({ revision: await store.revision(), bills: now })
        const earlier = past[Math.floor(past.length / 2)]
        expect(await bills(store, earlier?.revision)).toEqual(earlier?.bills)
      },
    ),
    { numRuns: 25 },
  )
  await keepQuarters(database, -1)
  expect(await keptQuarters()).toBeGreaterThan(5)
}, 120_000)

test('what is erased leaves the kept sums', async () => {
  await keepQuarters(database, -1)
  for (const one of [store, memory]) await one.erase({ runId: 'run-1' })
  expect(await bills(store)).toEqual(await bills(memory))
  await keepQuarters(database, -1)
  expect(await bills(store)).toEqual(await bills(memory))
})

test('sums are made while others append, and every bill has all runs that were added before it', async () => {
  const other = postgresStore({ connectionString, schema })
  let [added, isDone] = [0, false]
  const before = (await store.runs.usage())[0]?.runs ?? 0
  const keeping = (async () => {
    while (!isDone) await keepQuarters(database, -1)
  })()
  const writing = Promise.all(
    [store, other].map(async (one, writer) => {
      for (let n = 0; n < 40; n++) {
        const at = testTime + n * 120_000
        await one.append([runEvent({ runId: `writer-${writer}-${n}`, at })])
        added++
        const least = before + added
        expect((await one.runs.usage())[0]?.runs).toBeGreaterThanOrEqual(least)
      }
    }),
  )
  await writing
  isDone = true
  await keeping
  await other.close()
  expect((await store.runs.usage())[0]?.runs).toBe(before + 80)
}, 60_000)
