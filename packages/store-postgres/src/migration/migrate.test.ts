import { runEvent } from '@runtape/testing'
import { expect, test } from 'vitest'
import { testSchema, testServer } from '../../test/server.ts'
import { run } from '../../test/subject.ts'
import { migratePostgres, postgresStore } from '../index.ts'

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

test('migratePostgres shows the SQL, applies it once, and leaves an up-to-date schema as it is', () =>
  inSchema(async (schema, connectionString) => {
    const planned = await migratePostgres({ connectionString, schema, dryRun: true })
    expect(planned).toMatchObject({
      from: 0,
      to: 1,
      sql: expect.stringContaining(`CREATE SCHEMA "${schema}"`),
    })
    expect(planned.sql).not.toContain('@')
    expect(await migratePostgres({ connectionString, schema })).toEqual(planned)
    expect(await migratePostgres({ connectionString, schema })).toEqual({ from: 1, to: 1, sql: '' })
    const store = postgresStore({ connectionString, schema, migrate: false })
    expect((await store.append([runEvent()])).accepted).toBe(1)
    await store.close()
  }))

test('the printed SQL makes the same schema, also in one that an owner has created', () =>
  inSchema(async (schema, connectionString) => {
    await run(connectionString, `CREATE SCHEMA ${schema}`)
    const { sql } = await migratePostgres({ connectionString, schema, dryRun: true })
    expect(sql).not.toContain('CREATE SCHEMA')
    await run(connectionString, sql)
    const store = postgresStore({ connectionString, schema, migrate: false })
    expect((await store.append([runEvent()])).accepted).toBe(1)
    await store.close()
  }))
