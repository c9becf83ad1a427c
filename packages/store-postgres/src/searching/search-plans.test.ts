import type { SearchQuery, Store } from '@runtape/core/store'
import { runEvent, span, testTime } from '@runtape/testing'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ExplainedPool } from '../../test/explained-pool.ts'
import { testSchema, testServer } from '../../test/server.ts'
import { postgresStore } from '../index.ts'

const schema = testSchema()
let real: pg.Pool
let pool: ExplainedPool
let store: Store

const traceId = (index: number) => (index + 1).toString(16).padStart(32, '0')
const runs = Array.from({ length: 1500 }, (_, index) => {
  const of = { runId: `run-${index}`, traceId: traceId(index), at: testTime + index }
  const input = { json: JSON.stringify(`a text of run ${index}`) }
  return [
    span({ ...of, startedAt: of.at, input }),
    runEvent({ ...of, configKey: index < 5 ? 'few' : 'many' }),
    runEvent({ ...of, metric: 'feedback', value: { kind: 'positive', comment: `needle ${index}` } }),
  ]
})

beforeAll(async () => {
  real = new pg.Pool({ connectionString: await testServer(), max: 3 })
  pool = new ExplainedPool(real, /^\s*(SELECT|WITH)[\s\S]*search_texts/)
  store = postgresStore({ pool, schema, search: true })
  await store.append(runs.flat())
  await found({ text: 'needle' })
  // Texts of rows that are not there cost the filler nothing.
  await real.query(
    `INSERT INTO ${schema}.search_texts (id, xid, received_at, at, trace_id, text)
      SELECT 1000000 + 4 * i, '3', 1, ${testTime} + i, 'none', 'word ' || md5(i::text) || ' and ' || md5((-i)::text)
      FROM generate_series(1, 100000) AS i`,
  )
}, 300_000)
afterAll(async () => {
  await store.close()
  await real.query(`DROP SCHEMA ${schema} CASCADE`)
  await real.end()
})

async function found(query: SearchQuery): Promise<number> {
  const { items } = await store.search({ limit: 5, ...query })
  return items.length
}

/** How the texts are read. */
async function readsOf(query: SearchQuery): Promise<Set<string>> {
  pool.steps = []
  expect(await found(query)).toBeGreaterThan(0)
  const steps = pool.steps.filter(
    step => step['Relation Name'] === 'search_texts' || step['Index Name']?.startsWith('search_texts'),
  )
  return new Set(steps.flatMap(step => step['Index Name'] ?? (step['Node Type'] === 'Seq Scan' ? 'all' : [])))
}

describe.each(['without statistics', 'with statistics'])('of 100,000 texts, %s,', name => {
  beforeAll(async () => {
    if (name === 'with statistics') await real.query(`ANALYZE ${schema}.search_texts`)
  }, 300_000)

  test('those with a rare term are found by the index of trigrams', async () => {
    expect(await readsOf({ text: 'needle 1234' })).toEqual(
      new Set(['search_texts_time', 'search_texts_trigrams', 'search_texts_pkey']),
    )
  })

  test('those with a common term are read newest first', async () => {
    expect(await readsOf({ text: 'word' })).toEqual(new Set(['search_texts_time', 'search_texts_pkey']))
  })

  test('those of a filter with few runs are read first', async () => {
    expect(await readsOf({ text: 'needle', configKey: 'few' })).toEqual(new Set(['search_texts_pkey']))
  })

  test('a short term without hits among the newest reads them in the order of time', async () => {
    expect(await readsOf({ text: '~' }).catch(() => 'no hits')).toBe('no hits')
    expect(new Set(pool.steps.flatMap(step => step['Index Name'] ?? []))).toEqual(
      new Set(['search_texts_time']),
    )
  })
})
