import type { StoreSubject } from '@runtape/testing'
import pg from 'pg'
import { type PostgresStoreOptions, postgresStore } from '../src/index.ts'
import { testSchema, testServer } from './server.ts'

/** An empty store in a new schema, which `dispose` drops. */
export async function testSubject(options: PostgresStoreOptions = {}): Promise<StoreSubject> {
  const connectionString = options.connectionString ?? (await testServer())
  const schema = testSchema()
  const open = () =>
    postgresStore({
      ...(options.pool ? {} : { connectionString }),
      ...{ maxConnections: 4, search: true, schema },
      ...options,
    })
  let store = open()
  return {
    store,
    reopen: async () => {
      await store.close()
      store = open()
      return store
    },
    connect: async () => open(),
    dispose: async () => {
      await store.close()
      // The data of the server of a run of vitest is removed as a whole.
      if (process.env.RUNTAPE_TEST_POSTGRES)
        await run(connectionString, `DROP SCHEMA IF EXISTS ${schema} CASCADE`)
    },
  }
}

/** Runs a statement beside the store. */
export async function run(connectionString: string, text: string): Promise<pg.QueryResult> {
  const client = new pg.Client({ connectionString })
  await client.connect()
  try {
    return await client.query(text)
  } finally {
    await client.end()
  }
}
