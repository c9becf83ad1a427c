import type { Store } from '@runtape/core/store'
import { span } from '@runtape/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type EmbeddedServer, startEmbedded } from '../../test/embedded.mjs'
import { run } from '../../test/subject.ts'
import { migratePostgres, postgresStore } from '../index.ts'

// A server for this file only: the extension belongs to a database, and the tests remove it.
let server: EmbeddedServer
let owner: string
beforeAll(async () => {
  server = await startEmbedded()
  owner = server.connectionString
}, 60_000)
afterAll(() => server?.remove())

const indexIn = async (schema: string): Promise<boolean> =>
  (
    await run(
      owner,
      `SELECT 1 FROM pg_indexes WHERE schemaname = '${schema}' AND indexname = 'search_texts_trigrams'`,
    )
  ).rowCount === 1

const texts = ['a needle', 'Größere NEEDLE', '大きな needle です', 'none']

/** @param times how often the store gets the texts */
async function assertFinds(store: Store, times = 1): Promise<void> {
  await store.append(texts.map(text => span({ input: { json: JSON.stringify(text) } })))
  const hits = async (text: string) => (await store.search({ text })).items.length
  expect(await Promise.all(['needle', 'GRÖẞ', 'grosse', 'きな', 'e N', 'nothing'].map(hits))).toEqual([
    ...[3 * times, times, 0, times, times, 0],
  ])
  await store.close()
}

/** A user who may do what a role of an application may. */
async function userWithout(right: 'database' | 'public', schema: string): Promise<string> {
  const name = `user_${schema}`
  await run(owner, `CREATE ROLE ${name} LOGIN PASSWORD 'test'; CREATE SCHEMA ${schema} AUTHORIZATION ${name}`)
  if (right === 'public') await run(owner, `GRANT CREATE ON DATABASE postgres TO ${name}`)
  return owner.replace('postgres:test', `${name}:test`)
}

test('a user who may not create the extension finds the same without an index', async () => {
  const connectionString = await userWithout('database', 'one')
  await assertFinds(postgresStore({ connectionString, schema: 'one', search: true }))
  expect(await indexIn('one')).toBe(false)
})

test('a user who may create extensions gets it, also in a database without the schema public', async () => {
  const connectionString = await userWithout('public', 'two')
  await run(owner, 'ALTER SCHEMA public RENAME TO private')
  await assertFinds(postgresStore({ connectionString, schema: 'two', search: true }))
  expect(await indexIn('two')).toBe(true)
  await run(owner, 'ALTER SCHEMA private RENAME TO public; DROP EXTENSION pg_trgm CASCADE')
  await assertFinds(postgresStore({ connectionString, schema: 'two', search: true }), 2)
  expect(await indexIn('two')).toBe(true)
  await run(owner, 'DROP EXTENSION pg_trgm CASCADE')
})

test('the extension may be in a schema that is not searched, and needs no right once it is there', async () => {
  await run(owner, 'CREATE SCHEMA "Extra Things"; CREATE EXTENSION pg_trgm SCHEMA "Extra Things"')
  await run(owner, 'GRANT USAGE ON SCHEMA "Extra Things" TO PUBLIC')
  const connectionString = await userWithout('database', 'three')
  await assertFinds(postgresStore({ connectionString, schema: 'three', search: true }))
  expect(await indexIn('three')).toBe(true)
})

test('migrate: false creates no index; migratePostgres with search does, and shows its SQL before', async () => {
  const target = { connectionString: owner, schema: 'four', search: true }
  const { sql } = await migratePostgres({ ...target, dryRun: true })
  expect(sql).toContain('CREATE INDEX search_texts_trigrams')
  await migratePostgres({ connectionString: owner, schema: 'four' })
  expect(await indexIn('four')).toBe(false)
  await assertFinds(postgresStore({ ...target, migrate: false }))
  expect(await indexIn('four')).toBe(false)
  expect((await migratePostgres({ ...target, dryRun: true })).sql).toContain(
    'CREATE INDEX search_texts_trigrams',
  )
  await migratePostgres(target)
  expect(await indexIn('four')).toBe(true)
  expect((await migratePostgres({ ...target, dryRun: true })).sql).toBe('')
})
