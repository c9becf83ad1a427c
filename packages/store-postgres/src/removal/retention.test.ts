import { setTimeout as sleep } from 'node:timers/promises'
import { runEvent, span } from '@runtape/testing'
import { expect, test } from 'vitest'
import { testSchema, testServer } from '../../test/server.ts'
import { postgresStore } from '../index.ts'

const day = 86_400_000

test('of several processes with a retention, one prunes: traces and runs each by their own age', async () => {
  const [connectionString, schema] = [await testServer(), testSchema()]
  const first = postgresStore({ connectionString, schema })
  const at = [10, 100, 500].map(days => Date.now() - days * day)
  await first.append([...at.map(each => runEvent({ at: each })), ...at.map(startedAt => span({ startedAt }))])
  const retention = { traces: '30d', runs: '400d' }
  const open = () => postgresStore({ connectionString, schema, retention, maxConnections: 2 })
  const stores = Array.from({ length: 4 }, open)
  const left = async () => [(await first.runs.list()).items.length, (await first.traces.list()).items.length]
  while ((await left()).join() !== '2,1') await sleep(20)
  expect((await stores[0]?.health.get())?.retention).toEqual(retention)
  await Promise.all([first, ...stores].map(store => store.close()))
})

test('a store with a retention does not prune after it was closed', async () => {
  const [connectionString, schema] = [await testServer(), testSchema()]
  const store = postgresStore({ connectionString, schema, retention: { runs: '1d' } })
  await store.append([runEvent({ at: Date.now() - 2 * day })])
  await store.close()
  await sleep(1100)
  const again = postgresStore({ connectionString, schema })
  expect((await again.runs.list()).items).toHaveLength(1)
  await again.close()
})

test.each([[{ traces: '30' }], [{ runs: 5 }], [{ spans: '1d' }], ['30d'], [null]])(
  'a retention that cannot be read is refused: %j',
  retention => {
    const open = () => postgresStore({ connectionString: 'postgres://a/b', retention: retention as never })
    expect(open).toThrow(/not a retention period/)
  },
)
