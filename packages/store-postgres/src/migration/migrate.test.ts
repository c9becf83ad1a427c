import { runEvent } from '@runtape/testing'
import { expect, test } from 'vitest'
import { testSchema, testServer } from '../../test/server.ts'
import { run } from '../../test/subject.ts'
import { postgresStore } from '../index.ts'

/** Runs `work` with the name of a schema, which is dropped afterwards. */
async function inSchema(work: (schema: string, connectionString: string) => Promise<void>): Promise<void> {
  const [schema, connectionString] = [testSchema(), await testServer()]
  try {
    await work(schema, connectionString)
  } finally {
    await run(connectionString, `DROP SCHEMA IF EXISTS ${schema} CASCADE`)
  }
}

test('ten stores that open an empty schema at the same time create it once', () =>
  inSchema(async (schema, connectionString) => {
    const event = runEvent()
    const stores = Array.from({ length: 10 }, () => postgresStore({ connectionString, schema }))
    const receipts = await Promise.all(stores.map(store => store.append([event])))
    expect(receipts.reduce((sum, { accepted }) => sum + accepted, 0)).toBe(1)
    await Promise.all(stores.map(store => store.close()))
  }))

test('a schema of a newer version is refused, with what to do', () =>
  inSchema(async (schema, connectionString) => {
    const store = postgresStore({ connectionString, schema })
    await store.append([runEvent()])
    await store.close()
    await run(connectionString, `UPDATE ${schema}.meta SET value = '99' WHERE key = 'schema_version'`)
    const older = postgresStore({ connectionString, schema })
    await expect(older.append([runEvent()])).rejects.toMatchObject({
      code: 'store-unusable',
      message: expect.stringMatching(/version 99.*Update @runtape\/store-postgres/),
    })
    await older.close()
  }))

test('migrate: false refuses an empty schema and creates nothing; afterwards the same store works', () =>
  inSchema(async (schema, connectionString) => {
    const careful = postgresStore({ connectionString, schema, migrate: false })
    await expect(careful.append([runEvent()])).rejects.toMatchObject({
      code: 'store-unusable',
      message: expect.stringContaining('runtape migrate'),
    })
    const found = await run(connectionString, `SELECT 1 FROM pg_namespace WHERE nspname = '${schema}'`)
    expect(found.rowCount).toBe(0)
    const store = postgresStore({ connectionString, schema })
    await store.append([runEvent()])
    expect((await careful.append([runEvent()])).accepted).toBe(1)
    await Promise.all([store.close(), careful.close()])
  }))
