import { DatabaseSync } from 'node:sqlite'
import type { RunEvent } from '@runtape/core'
import type { Budget, BudgetState, Store } from '@runtape/core/store'
import { memoryStore, runEvent } from '@runtape/testing'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Database } from '../database/database.ts'
import { sqliteStore } from '../sqlite-store.ts'
import { tellCrossings } from './crossings.ts'

const minute = 60_000
const name = (kind: string) => fc.constantFrom(`${kind}-1`, `${kind}-2`, `${kind}-3`)
const amount = fc.integer({ min: 0, max: 100 })

// Half a minute away from the start of every window, so that the clock does not matter.
const run = fc.record({
  runId: name('run').chain(id => fc.nat(30).map(n => `${id}-${n}`)),
  agoMs: fc.nat(70).map(minutes => minutes * minute + minute / 2),
  configKey: name('config'),
  modelName: name('model'),
  callModel: fc.option(name('model'), { nil: undefined }),
  key: fc.option(name('user'), { nil: undefined }),
  kind: fc.constantFrom('user', 'org'),
  usage: fc.option(amount, { nil: undefined }),
  cost: fc.option(amount, { nil: undefined }),
  call: fc.nat(3),
})
type GivenRun = typeof run extends fc.Arbitrary<infer T> ? T : never

function eventOf(given: GivenRun, now: number): RunEvent {
  const { runId, agoMs, configKey, modelName, callModel, key, kind, usage, cost, call } = given
  const model = callModel === undefined ? {} : { model: callModel }
  const tokens = usage === undefined ? {} : { usage: { input: usage, output: 1, total: usage + 1 } }
  return runEvent({
    runId,
    metric: `call:${call}`,
    at: now - agoMs,
    configKey,
    modelName,
    value: { status: 'success', durationMs: 5, ...tokens, ...model },
    ...(key !== undefined && { context: { kind, key } }),
    ...(cost !== undefined && usage !== undefined && { cost: { nanoUsd: cost, priceList: 'test@1' } }),
  })
}

const budget: fc.Arbitrary<Budget> = fc.record({
  name: fc.nat(12).map(n => `budget-${n}`),
  measure: fc.constantFrom('nanoUsd', 'tokens', 'runs'),
  limit: fc.integer({ min: 1, max: 300 }),
  window: fc.constantFrom('10m', '30m', '1h', '2h'),
  where: fc.record(
    {
      contextKey: name('user'),
      contextKind: fc.constant('user'),
      configKey: name('config'),
      model: name('model'),
    },
    { requiredKeys: [] },
  ),
  warnAt: fc.constantFrom([], [0.5, 0.8]),
})

const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ runs: fc.array(run, { maxLength: 20 }) }) },
  { weight: 2, arbitrary: fc.record({ budgets: fc.array(budget, { maxLength: 6 }) }) },
  { weight: 1, arbitrary: fc.record({ erase: name('user') }) },
)

const withoutTimes = (states: readonly BudgetState[]) =>
  states.map(({ since: _, ...state }) => ({ ...state, at: undefined }))

async function take(store: Store, each: typeof step extends fc.Arbitrary<infer T> ? T : never, now: number) {
  if ('runs' in each) await store.append(each.runs.map(given => eventOf(given, now)))
  else if ('budgets' in each) for (const one of each.budgets) await store.budgets.put(one)
  else await store.erase({ context: { kind: 'user', key: each.erase } })
}

describe('budgets', () => {
  test('have the states and crossings of the memory store, and of usage, whatever happens', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async steps => {
        const now = Math.floor(Date.now() / 1000) * 1000
        const [sqlite, memory] = [sqliteStore(new DatabaseSync(':memory:')), memoryStore()]
        for (const each of steps) {
          for (const store of [sqlite, memory]) await take(store, each, now)
          const states = await sqlite.budgets.state()
          expect(withoutTimes(states)).toEqual(withoutTimes(await memory.budgets.state()))
          for (const {
            budget: { where, measure },
            since,
            used,
          } of states) {
            const [row] = await sqlite.runs.usage({ ...where, since })
            const known = { nanoUsd: row?.cost?.nanoUsd, tokens: row?.tokens?.total, runs: row?.runs }
            expect(used ?? 0).toBe(known[measure] ?? 0)
          }
          expect(withoutTimes(await sqlite.budgets.check())).toEqual(
            withoutTimes(await memory.budgets.check()),
          )
        }
        expect(withoutTimes(await sqlite.budgets.crossings())).toEqual(
          withoutTimes(await memory.budgets.crossings()),
        )
        await sqlite.close()
      }),
      { numRuns: 60 },
    )
  })

  test('a check that read earlier does not undo a later one', async () => {
    const handle = new DatabaseSync(':memory:')
    const store = sqliteStore(handle)
    await store.budgets.put({ name: 'b', measure: 'runs', limit: 1, window: '1h' })
    await store.append([runEvent({ at: Date.now() })])
    const [crossing] = await store.budgets.check()
    const database = new Database(handle, 'test')
    const { at, level: _, number: __, ...state } = crossing as NonNullable<typeof crossing>
    const below = { ...state, used: 0, left: 1 }
    const revision = { eventId: 1, priceId: 0 }
    // Read before the run was written, or at an earlier time.
    tellCrossings(database, { states: [below], revision: { eventId: 0, priceId: 0 }, at: at + 60_000 })
    tellCrossings(database, { states: [below], revision, at: at - 5 })
    expect(await store.budgets.check()).toEqual([])
    // Later, the window has become empty.
    tellCrossings(database, { states: [below], revision, at: at + 60_000 })
    expect(await store.budgets.check()).toEqual([])
    expect(tellCrossings(database, { states: [state], revision, at: at + 70_000 })).toMatchObject([
      { number: 2 },
    ])
    await store.close()
  })

  test('of thousands are read in one pass', async () => {
    const store = sqliteStore(new DatabaseSync(':memory:'))
    for (let n = 0; n < 500; n++)
      await store.budgets.put({
        name: `b${n}`,
        measure: 'runs',
        limit: 5,
        window: '1h',
        where: { contextKey: `c${n % 50}` },
      })
    await store.append(
      Array.from({ length: 2000 }, (_, n) =>
        runEvent({ runId: `r${n}`, at: Date.now() - 1000, context: { kind: 'user', key: `c${n % 100}` } }),
      ),
    )
    const states = await store.budgets.state()
    expect(states.map(({ used }) => used)).toEqual(Array(500).fill(20))
    expect((await store.budgets.check()).length).toBe(500)
    await store.close()
  })
})

test('the newest crossings of a budget are kept, and the number of each level goes on', async () => {
  const handle = new DatabaseSync(':memory:')
  const store = sqliteStore(handle)
  await store.budgets.put({ name: 'all', measure: 'runs', limit: 1, window: '1h' })
  const insert = handle.prepare(
    "INSERT INTO budget_crossings (name, level, number, crossing_json) VALUES ('all', ?, ?, '{}')",
  )
  for (const [level, most] of [
    [0.5, 3],
    [1, 1500],
  ] as const)
    for (let number = 1; number <= most; number++) insert.run(level, number)
  await store.append([runEvent({ at: Date.now() })])
  expect(await store.budgets.check()).toMatchObject([{ level: 1, number: 1501 }])
  const kept = handle.prepare(
    'SELECT level, count(*) AS rows, max(number) AS last FROM budget_crossings GROUP BY level',
  )
  expect(kept.all().map(row => ({ ...row }))).toEqual([
    { level: 0.5, rows: 1, last: 3 },
    { level: 1, rows: 1000, last: 1501 },
  ])
  await store.close()
})
