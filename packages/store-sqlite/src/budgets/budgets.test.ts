import { DatabaseSync } from 'node:sqlite'
import { runEvent } from '@runtape/testing'
import { describe, expect, test } from 'vitest'
import { assertSameBudgets } from '../../../testing/test/same-budgets.ts'
import { Database } from '../database/database.ts'
import { sqliteStore } from '../sqlite-store.ts'
import { tellCrossings } from './crossings.ts'

describe('budgets', () => {
  test('have the states and crossings of the memory store, and of usage, whatever happens', () =>
    assertSameBudgets(async () => ({ store: sqliteStore(new DatabaseSync(':memory:')) }), 60))

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
