import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { runEvent, span } from '@runtape/testing'
import { expect, test } from 'vitest'
import { startEmbedded } from '../../test/embedded.mjs'
import { testSchema, testServer } from '../../test/server.ts'
import { run } from '../../test/subject.ts'
import { postgresStore, vacuumPostgres } from '../index.ts'

const secret = 'ada-lovelace-1815'

/** The files of all tables of a schema, with their indexes and large values. */
async function filesOf(connectionString: string, schema: string): Promise<string[]> {
  const { rows } = await run(
    connectionString,
    `WITH own AS (SELECT pg_class.oid, reltoastrelid FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
        WHERE nspname = '${schema}' AND relkind = 'r'),
      tables AS (SELECT oid FROM own UNION SELECT reltoastrelid FROM own WHERE reltoastrelid <> 0)
    SELECT current_setting('data_directory') AS folder, pg_relation_filepath(oid) AS file FROM tables
    UNION SELECT current_setting('data_directory'), pg_relation_filepath(indexrelid) FROM pg_index WHERE indrelid IN (SELECT oid FROM tables)`,
  )
  return rows.map(({ folder, file }) => join(folder, file))
}

test('the bytes of what was erased stay in the files until they are rewritten; the receipt says so', async () => {
  const server = await startEmbedded()
  try {
    const { connectionString } = server
    const schema = testSchema()
    const store = postgresStore({ connectionString, schema, search: true })
    const one = runEvent({
      context: { kind: 'user', key: secret },
      metric: 'feedback',
      value: { kind: 'negative', comment: secret },
    })
    const root = span({ runId: one.runId, input: { json: JSON.stringify(`by ${secret}`) } })
    await store.append([one, root, runEvent(), span()])
    await store.search({ text: secret })
    await run(connectionString, `ANALYZE "${schema}".runs`)
    const filesWith = async () => {
      await run(connectionString, 'CHECKPOINT')
      const files = await filesOf(connectionString, schema)
      return files.filter(file => readFileSync(file).includes(secret)).length
    }
    expect(await filesWith()).toBeGreaterThan(0)
    const { inFiles, leftover } = await store.erase({ context: { kind: 'user', key: secret } })
    expect(leftover).toBeUndefined()
    expect(inFiles).toMatch(/files of the server can contain its bytes.*VACUUM FULL/)
    // An ordinary VACUUM, also one that the server begins itself, frees the space: the bytes may stay, or be cut off at the end.
    await run(connectionString, 'VACUUM')
    expect(await vacuumPostgres({ connectionString, schema })).toBeUndefined()
    expect(await filesWith()).toBe(0)
    const { rows } = await run(
      connectionString,
      `SELECT count(*)::int AS n FROM pg_stats WHERE schemaname = '${schema}' AND pg_stats::text LIKE '%${secret}%'`,
    )
    expect(rows).toEqual([{ n: 0 }])
    expect((await store.runs.usage())[0]?.runs).toBe(1)
    await store.close()
  } finally {
    await server.remove()
  }
}, 120_000)

test('a user who does not own the tables cannot rewrite them, and is told which', async () => {
  const [connectionString, schema] = [await testServer(), testSchema()]
  const store = postgresStore({ connectionString, schema })
  await store.append([runEvent()])
  await store.close()
  const user = `user_of_${schema}`
  await run(
    connectionString,
    `CREATE ROLE ${user} LOGIN PASSWORD 'secret'; GRANT USAGE ON SCHEMA "${schema}" TO ${user};
      GRANT SELECT ON ALL TABLES IN SCHEMA "${schema}" TO ${user}`,
  )
  const address = Object.assign(new URL(connectionString), { username: user, password: 'secret' })
  const leftover = await vacuumPostgres({ connectionString: address.href, schema })
  expect(leftover).toMatch(/did not rewrite .*run_events.*owner of the tables/)
  await run(connectionString, `DROP OWNED BY ${user}; DROP ROLE ${user}`)
}, 60_000)
