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
  { groupBy: ['contextKey'] },
  { groupBy: ['contextKind', 'day', 'contextKey'] },
  { groupBy: ['model'] },
  { groupBy: ['model', 'day'], configKey: 'a' },
  { groupBy: ['version', 'provider', 'variation'], outcome: 'success' },
  { minDurationMs: 1000, maxDurationMs: 60_000, groupBy: ['contextKey'] },
  { minTokens: 1, maxTokens: 50_000 },
  { minNanoUsd: 1000, groupBy: ['config', 'contextKey'], orderBy: 'cost', limit: 2 },
  { feedback: 'positive' },
  { feedback: 'none', contextKind: 'user', groupBy: ['hour'], timeZone: 'Asia/Kathmandu' },
  { outcome: 'error' },
  { model: 'none', version: 7 },
  { contextKey: 'user-1', groupBy: ['day'] },
]

const bills = (of: Store, asOf?: string) =>
  Promise.all(queries.map(query => of.runs.usage({ ...query, ...(asOf !== undefined && { asOf }) })))

const keptQuarters = async (): Promise<number> =>
  (await run(connectionString, `SELECT count(*)::int AS n FROM ${schema}.usage_quarters`)).rows[0].n

/** Also one that Postgres cannot hold as it is. */
const keys = ['user-1', 'user-2', 'a "quoted"\\ key', 'nul \u0000', 'lone \ud800', '', 'ünï'] as const

/** An event of one of a few runs, within some hours. */
const event = fc
  .record({
    run: fc.integer({ min: 0, max: 30 }),
    metric: fc.constantFrom(
      'call:1',
      'call:2',
      'duration',
      'time-to-first-token',
      'tokens',
      'outcome',
      'feedback',
    ),
    afterMs: fc.integer({ min: -3_600_000, max: 20_000_000 }),
    amount: fc.double({ min: 0, max: 100_000, noNaN: true }),
    large: fc.boolean(),
  })
  .map(({ run: number, metric, afterMs, amount, large }): RunEvent => {
    // Sums of the large ones are not exact as numbers.
    const input = Math.floor(amount) + (large && number === 5 ? 2 ** 52 : 0)
    const usage = { input, output: 2, total: input + 2 }
    const values = {
      'call:1': { status: 'success', durationMs: 1, usage, model: `model-${number % 2}` },
      'call:2': { status: 'success', durationMs: 1, usage, model: 'model-2' },
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
      ...(number % 6 && {
        context: { kind: number % 5 ? 'user' : 'org', key: keys[number % keys.length] as string },
      }),
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
