import { setTimeout as sleep } from 'node:timers/promises'
import { RuntapeError } from '@runtape/core'
import { runEvent, span } from '@runtape/testing'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type EmbeddedServer, startEmbedded } from '../test/embedded.mjs'
import { testSchema, testServer } from '../test/server.ts'
import { run } from '../test/subject.ts'
import { type PostgresStoreOptions, postgresStore } from './index.ts'

let connectionString = ''
let server: EmbeddedServer

beforeAll(async () => {
  // These tests stop the server, so they have a separate one.
  server = await startEmbedded({ deadlock_timeout: '300ms' })
  connectionString = server.connectionString
})
afterAll(() => server.remove())

const runEvents = (count: number) => Array.from({ length: count }, () => runEvent())

async function openStore(options: PostgresStoreOptions = {}) {
  const schema = testSchema()
  const store = postgresStore({ connectionString, schema, connectionTimeoutMs: 3000, ...options })
  await store.append([runEvent()])
  return { store, schema }
}

/** A transaction of somebody else that is open during `work`. */
async function during(statement: string, work: (other: pg.Client) => Promise<void>): Promise<void> {
  const other = new pg.Client({ connectionString })
  other.on('error', () => {})
  await other.connect()
  try {
    await other.query('BEGIN')
    await other.query(statement)
    await work(other)
  } finally {
    await other.end()
  }
}

async function failure(promise: Promise<unknown>): Promise<RuntapeError> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (!RuntapeError.isInstance(error)) throw new Error(`no RuntapeError: ${error}`)
  expect(error.message).not.toContain('test@')
  return error
}

async function untilWaiting(): Promise<number> {
  for (;;) {
    const { rows } = await run(
      connectionString,
      `SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%INTO "test%'`,
    )
    if (rows[0]) return rows[0].pid
    await sleep(10)
  }
}

test('a connection that is lost in the middle of a batch: nothing is kept, and the same batch is accepted again', async () => {
  const { store, schema } = await openStore()
  const batch = [...runEvents(20), span(), span()]
  await during(`LOCK TABLE ${schema}.spans IN EXCLUSIVE MODE`, async other => {
    const failed = failure(store.append(batch))
    await run(connectionString, `SELECT pg_terminate_backend(${await untilWaiting()})`)
    expect(await failed).toMatchObject({
      code: 'store-unusable',
      message: expect.stringMatching(/try again/i),
    })
    await other.query('ROLLBACK')
  })
  expect(await store.append(batch)).toMatchObject({ accepted: 22, duplicates: 0 })
  expect((await store.runs.usage())[0]?.runs).toBe(21)
  await store.close()
})

test('a server that is killed and starts again: what was acknowledged is there, once', async () => {
  const { store } = await openStore()
  const acknowledged = runEvents(50)
  await store.append(acknowledged)
  await server.kill()
  const batch = runEvents(30)
  const error = await failure(store.append(batch)).finally(() => server.restart())
  expect(error.code).toBe('store-unusable')
  expect(error.message).toMatch(/connection was lost|no server accepts|server closed the connection/)
  expect(await store.append([...acknowledged, ...batch])).toMatchObject({ accepted: 30, duplicates: 50 })
  expect((await store.runs.usage())[0]?.runs).toBe(81)
  await store.close()
})

test('idle connections that the server ends are replaced', async () => {
  const { store } = await openStore()
  await run(
    connectionString,
    'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname IS NOT NULL',
  )
  await sleep(50)
  expect((await store.append([runEvent()])).accepted).toBe(1)
  await store.close()
})

test('a read-only server refuses writes and says why; reads work', async () => {
  const { store, schema } = await openStore()
  await store.close()
  await run(connectionString, 'ALTER DATABASE postgres SET default_transaction_read_only = on')
  try {
    const again = postgresStore({ connectionString, schema })
    expect((await failure(again.append([runEvent()]))).message).toMatch(
      /read-only, such as a replica.*primary/,
    )
    expect((await again.runs.list()).items).toHaveLength(1)
    const empty = postgresStore({ connectionString, schema: testSchema() })
    expect((await failure(empty.runs.list())).message).toContain('read-only')
    await Promise.all([again.close(), empty.close()])
  } finally {
    await run(
      connectionString,
      'BEGIN READ WRITE; ALTER DATABASE postgres RESET default_transaction_read_only; COMMIT',
    )
  }
})

test('a deadlock with another application is repeated, and the batch is kept once', async () => {
  const { store, schema } = await openStore()
  const [first, second] = ['run-1', 'run-2'].map(runId => runEvent({ runId }))
  await during(`INSERT INTO ${schema}.runs (run_id) VALUES ('run-2')`, async other => {
    await other.query(`SET LOCAL deadlock_timeout = '60s'`)
    const pending = store.append([first as never, second as never])
    await untilWaiting()
    // The store waits for run-2, and this waits for run-1: the server ends the store's transaction.
    await other.query(`INSERT INTO ${schema}.runs (run_id) VALUES ('run-1')`)
    await other.query('ROLLBACK')
    expect(await pending).toMatchObject({ accepted: 2 })
  })
  await store.close()
})

test('a statement that takes too long is stopped; the message names the option', async () => {
  const { store, schema } = await openStore({ statementTimeoutMs: 150 })
  await during(`LOCK TABLE ${schema}.run_events IN EXCLUSIVE MODE`, async () => {
    expect((await failure(store.append([runEvent()]))).message).toContain('statementTimeoutMs')
  })
  expect((await store.append([runEvent()])).accepted).toBe(1)
  await store.close()
})

test('a pool without a free connection says so', async () => {
  const { store, schema } = await openStore({ maxConnections: 1, connectionTimeoutMs: 2000 })
  await during(`LOCK TABLE ${schema}.run_events IN EXCLUSIVE MODE`, async other => {
    const pending = store.append([runEvent()])
    await untilWaiting()
    expect((await failure(store.runs.get('a'))).message).toContain('maxConnections')
    await other.query('ROLLBACK')
    expect((await pending).accepted).toBe(1)
  })
  await store.close()
})

test('a wrong password, port, host and database are named, without the password', async () => {
  const url = new URL(await testServer())
  const messageFor = async (change: Partial<URL>) => {
    const store = postgresStore({
      connectionString: Object.assign(new URL(url), change).href,
      schema: testSchema(),
    })
    const { message } = await failure(store.append([runEvent()]))
    await store.close()
    return message
  }
  expect(await messageFor({ password: 'wrong-secret' })).toMatch(
    /^(?!.*secret).*refused the user or the password/,
  )
  expect(await messageFor({ port: '1' })).toContain('no server accepts connections there')
  expect(await messageFor({ pathname: '/missing' })).toContain('database does not exist')
})
