import { RuntapeError } from '@runtape/core'
import { runEvent, span } from '@runtape/testing'
import pg from 'pg'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type PostgresStoreOptions, postgresStore } from '../../src/index.ts'
import { type Proxy, startProxy } from '../proxy.ts'
import { testSchema, testServer } from '../server.ts'

let proxy: Proxy
beforeEach(async () => {
  proxy = await startProxy(await testServer())
})
afterEach(() => proxy.close())

const events = (count: number) => Array.from({ length: count }, () => runEvent())

async function openStore(options: PostgresStoreOptions = {}) {
  const { connectionString } = proxy
  const store = postgresStore({
    ...(options.pool ? {} : { connectionString }),
    ...{ schema: testSchema(), answerTimeoutMs: 400, connectionTimeoutMs: 400, ...options },
  })
  // The first call creates the tables.
  await store.append([runEvent()])
  return store
}

async function failure(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (!RuntapeError.isInstance(error)) throw new Error(`no RuntapeError: ${error}`)
  expect(error.message).not.toContain('test@')
  return `${error.code}: ${error.message}`
}

async function took(work: Promise<unknown>): Promise<number> {
  const started = performance.now()
  await work
  return performance.now() - started
}

test('a connection that is lost between COMMIT and its answer: the batch is there, and the same one again is a duplicate', async () => {
  const store = await openStore()
  const batch = [...events(20), span(), span()]
  proxy.way = 'loses commits'
  expect(await failure(store.append(batch))).toMatch(/store-unusable: .*may be there or not; try again/)
  expect(proxy.lostCommits).toBe(1)
  proxy.way = 'passes'
  expect(await store.append(batch)).toMatchObject({ accepted: 0, duplicates: 22, conflicts: 0 })
  expect((await store.runs.usage())[0]?.runs).toBe(21)
  await store.close()
})

test('a server that falls silent: an append and a read give up, and the next ones use another connection', async () => {
  const store = await openStore()
  const batch = events(5)
  proxy.way = 'silent'
  const failed = Promise.all([failure(store.append(batch)), failure(store.runs.list())])
  for (const message of await failed)
    expect(message).toMatch(
      /store-unusable: .*(did not answer within 400 ms.*try again.*answerTimeoutMs|the server does not answer, or)/,
    )
  proxy.way = 'passes'
  expect((await store.append(batch)).accepted).toBe(5)
  expect((await store.runs.list()).items).toHaveLength(6)
  await store.close()
})

test('appends that wait for a silent one go on after it', async () => {
  const store = await openStore()
  proxy.way = 'silent'
  const first = failure(store.append(events(1)))
  const second = store.append(events(1))
  expect(await first).toContain('did not answer within 400 ms')
  proxy.way = 'passes'
  expect((await second).accepted).toBe(1)
  await store.close()
})

test('connections on which nothing arrives are refused in time', async () => {
  proxy.way = 'silent'
  const store = postgresStore({ connectionString: proxy.connectionString, connectionTimeoutMs: 300 })
  expect(await failure(store.runs.list())).toContain('the server did not answer in time')
  await store.close()
})

test('a pool of the application without a time limit is given up in time, and gets a late connection back', async () => {
  const pool = new pg.Pool({ connectionString: proxy.connectionString, max: 1 })
  pool.on('error', () => {})
  const store = await openStore({ pool })
  const taken = await pool.connect()
  expect(await failure(store.runs.list())).toContain('no connection became free in time')
  taken.release()
  await expect.poll(() => pool.idleCount).toBe(1)
  expect((await store.runs.list()).items).toHaveLength(1)

  proxy.way = 'silent'
  expect(await failure(store.append(events(1)))).toContain('did not answer within 400 ms')
  proxy.way = 'passes'
  expect((await store.append(events(1))).accepted).toBe(1)
  await store.close()
  await pool.end()
})

test.each(['its own pool', 'a pool of the application'])(
  'a connection that ends in the moment in which it is ready does not end the process (%s)',
  async whose => {
    const pool = new pg.Pool({ connectionString: proxy.connectionString })
    const store = await openStore(whose === 'its own pool' ? {} : { pool })
    proxy.cut()
    proxy.way = 'closes when ready'
    expect(await failure(store.append(events(1)))).toMatch(/connection was lost|closed the connection/)
    expect(await failure(store.runs.list())).toMatch(/connection was lost|closed the connection/)
    proxy.way = 'passes'
    expect((await store.append(events(1))).accepted).toBe(1)
    await store.close()
    await pool.end()
  },
)

test('close waits for a silent server for 10 seconds', async () => {
  const store = await openStore({ answerTimeoutMs: 100_000 })
  proxy.way = 'silent'
  const failed = failure(store.append(events(1)))
  expect(await took(store.close())).toBeLessThan(12_000)
  expect(await failed).toContain('store-closed')
  expect(await took(store.close())).toBeLessThan(100)
})

test('close of a store with a dead server ends at once', async () => {
  const store = await openStore()
  await proxy.close()
  expect(await failure(store.append(events(1)))).toMatch(/connection was lost|no server accepts/)
  expect(await took(store.close())).toBeLessThan(1000)
  proxy = await startProxy(await testServer())
})
