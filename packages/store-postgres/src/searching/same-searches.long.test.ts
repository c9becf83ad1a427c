import { memoryStore } from '@runtape/testing'
import { afterAll, describe, test } from 'vitest'
import { assertSameInRuns, assertSameTexts, type OpenStores } from '../../../testing/test/same-searches.ts'
import { testSchema, testServer } from '../../test/server.ts'
import { run } from '../../test/subject.ts'
import { postgresStore } from '../index.ts'

const schemas: string[] = []
const open: OpenStores = async () => {
  const schema = testSchema()
  schemas.push(schema)
  const options = { connectionString: await testServer(), schema, maxConnections: 3, search: true }
  return { tested: postgresStore(options), memory: memoryStore() }
}
afterAll(async () => {
  for (const schema of schemas) await run(await testServer(), `DROP SCHEMA IF EXISTS ${schema} CASCADE`)
})

describe('search in Postgres', () => {
  test('equals a scan in memory, for any texts and terms', () => assertSameTexts(open, 25), 300_000)

  test(
    'with any filter has the hits of a scan in memory, on all pages and as of a revision',
    () => assertSameInRuns(open, ['a', 'é', 'ab', 'aba'], 12),
    300_000,
  )
})
