import { runEvent } from '@runtape/testing'
import pg from 'pg'
import { expect, onTestFinished, test } from 'vitest'
import { testSchema, testServer } from '../../test/server.ts'
import { run, testSubject } from '../../test/subject.ts'
import { openDatabase } from '../database/open.ts'
import { postgresStore } from '../index.ts'
import { checkedOptions } from '../options.ts'
import { type Found, statesOf, tell } from './check-budgets.ts'

const oneRun = { name: 'ann', measure: 'runs', limit: 1, window: '1h', where: { contextKey: 'ann' } } as const

const runsOf = (count: number, key = 'ann') =>
  Array.from({ length: count }, () => runEvent({ at: Date.now() - 1000, context: { kind: 'user', key } }))

/** A store, and its database for steps between those of a check. */
async function opened() {
  const [schema, connectionString] = [testSchema(), await testServer()]
  const store = postgresStore({ schema, connectionString, maxConnections: 4 })
  const database = openDatabase(checkedOptions({ schema, connectionString, maxConnections: 2 }))
  onTestFinished(async () => {
    await Promise.all([store.close(), database.close()])
    await run(connectionString, `DROP SCHEMA ${schema} CASCADE`)
  })
  const readStates = () => database.read(queries => statesOf(queries))
  const tellFound = (found: Found) =>
    database.write(queries => tell(queries, found, found.states), ['append', 'shared'])
  return { store, schema, connectionString, readStates, tellFound }
}

test('a check that read before another one found the same tells nothing', async () => {
  const { store, readStates, tellFound } = await opened()
  await store.budgets.put(oneRun)
  await store.append(runsOf(1))
  const [slow, fast] = [await readStates(), await readStates()]
  expect(await tellFound(fast)).toMatchObject([{ number: 1 }])
  expect(await tellFound(slow)).toEqual([])
  await store.budgets.put({ ...oneRun, limit: 5 })
  const left = await readStates()
  expect(await store.budgets.check()).toEqual([])
  await store.append(runsOf(4))
  expect(await store.budgets.check()).toMatchObject([{ number: 2 }])
  // It read the budget below its limit, before it was reached again.
  expect(await tellFound(left)).toEqual([])
  expect(await store.budgets.check()).toEqual([])
})

test('a check tells nothing of a budget that was replaced or removed since it was read', async () => {
  const { store, readStates, tellFound } = await opened()
  await store.budgets.put(oneRun)
  await store.append(runsOf(1))
  const found = await readStates()
  await store.budgets.put({ ...oneRun, where: { contextKey: 'bob' } })
  expect(await tellFound(found)).toEqual([])
  await store.budgets.remove('ann')
  expect(await tellFound(found)).toEqual([])
  expect(await store.budgets.crossings()).toEqual([])
})

test('a clock that jumps repeats no crossing, and delays none for longer than the next run', async () => {
  const { store, readStates, tellFound } = await opened()
  await store.budgets.put(oneRun)
  await store.append(runsOf(1))
  const told = async (aheadMs: number, used: number) => {
    const found = await readStates()
    const states = found.states.map(state => ({ ...state, used, left: 1 - used }))
    return (await tellFound({ ...found, states, at: found.at + aheadMs })).length
  }
  expect(await told(0, 1)).toBe(1)
  // Ten years back: the time of the last check is later. The next run is told all the same.
  expect(await told(-3e11, 0)).toBe(0)
  expect(await told(0, 1)).toBe(0)
  // Ten years ahead the window is empty. Back again, the same run is not told again, but the next one is.
  expect(await told(3e11, 0)).toBe(0)
  expect(await told(5, 1)).toBe(0)
  await store.append(runsOf(1))
  expect(await told(10, 2)).toBe(1)
})

test('of budgets that are checked while one cannot be written, the others are told once', async () => {
  const { store, schema, connectionString } = await opened()
  for (let n = 0; n < 100; n++)
    await store.budgets.put({ ...oneRun, name: `b${String(n).padStart(3, '0')}`, where: {} })
  await store.append(runsOf(1))
  await run(
    connectionString,
    `CREATE FUNCTION ${schema}.fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'full'; END $$;
     CREATE TRIGGER full_disk BEFORE INSERT ON ${schema}.budget_crossings FOR EACH ROW WHEN (NEW.name = 'b050')
     EXECUTE FUNCTION ${schema}.fail()`,
  )
  const first = await store.budgets.check()
  expect(first).toHaveLength(32)
  await expect(store.budgets.check()).rejects.toThrow('full')
  await run(connectionString, `DROP TRIGGER full_disk ON ${schema}.budget_crossings`)
  const rest = await store.budgets.check()
  expect(new Set([...first, ...rest].map(({ budget }) => budget.name)).size).toBe(100)
})

test('the newest crossings of a budget are kept, and the number of each level goes on', async () => {
  const { store, schema, connectionString } = await opened()
  await store.budgets.put({ ...oneRun, warnAt: [0.5] })
  await run(
    connectionString,
    `INSERT INTO ${schema}.budget_crossings (id, name, level, number, crossing)
       SELECT nextval('${schema}.ids'), 'ann', 0.5, n, '{}' FROM generate_series(1, 3) AS n;
     INSERT INTO ${schema}.budget_crossings (id, name, level, number, crossing)
       SELECT nextval('${schema}.ids'), 'ann', 1, n, '{}' FROM generate_series(1, 1500) AS n`,
  )
  await store.append(runsOf(1))
  expect(await store.budgets.check()).toMatchObject([
    { level: 0.5, number: 4 },
    { level: 1, number: 1501 },
  ])
  const kept = await run(
    connectionString,
    `SELECT level, count(*)::int AS rows, max(number)::int AS last FROM ${schema}.budget_crossings GROUP BY level ORDER BY level`,
  )
  expect(kept.rows).toEqual([
    { level: 0.5, rows: 1, last: 4 },
    { level: 1, rows: 999, last: 1501 },
  ])
})

test('thousands of budgets are read in a few queries, and of six that check at once exactly one tells each', async () => {
  const { schema, connectionString, store } = await opened()
  await store.budgets.list()
  const pool = new pg.Pool({ connectionString, max: 4 })
  onTestFinished(() => pool.end())
  const customers = Array.from({ length: 2000 }, (_, n) => `customer-${n}`)
  const budgets = customers.map(key => JSON.stringify({ ...oneRun, name: key, where: { contextKey: key } }))
  await pool.query(
    `INSERT INTO ${schema}.budgets (name, id, received_at, context_key, budget)
     SELECT name, nextval('${schema}.ids'), 0, name, budget FROM unnest($1::text[], $2::text[]) AS u(name, budget)`,
    [customers, budgets],
  )
  await store.append(customers.flatMap(key => runsOf(1, key)))
  let queries = 0
  const counting = {
    connect: async () => {
      const client = await pool.connect()
      return {
        query: (query: { readonly text: string }) => {
          queries++
          return client.query(query as pg.QueryConfig)
        },
        on: (event: 'error', listener: (error: Error) => void) => client.on(event, listener),
        off: (event: 'error', listener: (error: Error) => void) => client.off(event, listener),
        release: (destroy?: Error | boolean) => client.release(destroy),
      }
    },
    end: () => pool.end(),
  }
  const counted = postgresStore({ pool: counting, schema })
  await counted.budgets.list()
  queries = 0
  expect((await counted.budgets.state()).every(({ used }) => used === 1)).toBe(true)
  expect(queries).toBeLessThan(10)
  const others = Array.from({ length: 5 }, () =>
    postgresStore({ connectionString, schema, maxConnections: 2 }),
  )
  const told = (await Promise.all([counted, ...others].map(each => each.budgets.check()))).flat()
  await Promise.all([counted, ...others].map(each => each.close()))
  expect(told).toHaveLength(2000)
  expect(new Set(told.map(({ budget }) => budget.name)).size).toBe(2000)
}, 60_000)

test('a subject of the contract has the budgets of its own schema only', async () => {
  const [one, other] = [await testSubject(), await testSubject()]
  await one.store.budgets.put(oneRun)
  expect(await other.store.budgets.list()).toEqual([])
  for (const { store, dispose } of [one, other]) {
    await store.close()
    await dispose?.()
  }
})
