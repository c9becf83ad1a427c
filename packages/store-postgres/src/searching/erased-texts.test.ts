import { span } from '@runtape/testing'
import { expect, test } from 'vitest'
import { testSchema, testServer } from '../../test/server.ts'
import { run } from '../../test/subject.ts'
import { postgresStore } from '../index.ts'

test('an erased text leaves the table at once, the pending list of the index with a vacuum, and its trigrams leave with a full one', async () => {
  const [connectionString, schema] = [await testServer(), testSchema()]
  const store = postgresStore({ connectionString, schema, search: true })
  const secret = 'zqxj-vwky-of-ockham'
  const root = span({ input: { json: JSON.stringify(`${secret} asks`) } })
  await store.append([root, span({ input: { json: '"another question"' } })])
  expect((await store.search({ text: secret })).items).toHaveLength(1)
  const [index, table] = [`${schema}.search_texts_trigrams`, `${schema}.search_texts`]
  await run(connectionString, 'CREATE EXTENSION IF NOT EXISTS pgstattuple')
  const pending = async () =>
    (await run(connectionString, `SELECT pending_tuples::int AS n FROM pgstatginindex('${index}')`)).rows[0].n
  const inIndex = async (text: string) =>
    (
      await run(
        connectionString,
        `SELECT position('${text}' IN encode(pg_read_binary_file(pg_relation_filepath('${index}')), 'escape')) > 0 AS is_in`,
      )
    ).rows[0].is_in
  await run(connectionString, 'CHECKPOINT')
  // The list has the trigrams of each of the four texts, as numbers whose bytes come last first.
  expect(await pending()).toBe(4)
  expect(await Promise.all(['xqz', 'vjxqz', 'zqx'].map(inIndex))).toEqual([true, false, false])
  await store.erase({ traceId: root.traceId })
  expect((await run(connectionString, `SELECT 1 FROM ${table} WHERE text LIKE '%${secret}%'`)).rowCount).toBe(
    0,
  )
  expect(await pending()).toBe(4)
  await run(connectionString, `VACUUM ${table}`)
  expect(await pending()).toBe(0)
  // Trigrams that no text has any more stay, without a text, until the index is made again.
  await run(connectionString, `VACUUM FULL ${table}`)
  await run(connectionString, 'CHECKPOINT')
  expect(await inIndex('xqz')).toBe(false)
  await store.close()
  await run(connectionString, `DROP SCHEMA ${schema} CASCADE`)
}, 60_000)
