import type { Store } from '@runtape/core/store'
import { memoryStore, type StoreSubject } from '@runtape/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { assertSameBudgets } from '../../testing/test/same-budgets.ts'
import { assertSameFilters, filteredRecords, laterScores } from '../../testing/test/same-filters.ts'
import { testSubject } from '../test/subject.ts'

const count = 500
const records = filteredRecords(count)
const stores = {} as { tested: Store; memory: Store }
let subject: StoreSubject
let before: string

beforeAll(async () => {
  subject = await testSubject()
  stores.tested = subject.store
  stores.memory = memoryStore()
  for (const store of [stores.tested, stores.memory]) await store.append(records)
  before = await stores.tested.revision()
})
afterAll(async () => {
  await subject.store.close()
  await subject.dispose?.()
})

describe('the same in Postgres as in memory', () => {
  test('random filters select the same runs and traces', () => assertSameFilters(stores, 20), 300_000)

  test(
    'budgets have the same states and crossings, whatever happens',
    () => assertSameBudgets(testSubject, 15),
    300_000,
  )

  test('bills of a revision stay, also while runs change', async () => {
    const queries = [
      {},
      { groupBy: ['model', 'day'] },
      { groupBy: ['month', 'contextKey'], orderBy: 'cost', limit: 5 },
      { groupBy: ['hour'], timeZone: 'Asia/Kathmandu' },
      { groupBy: ['bucket', 'provider'], bucketMs: 604_800_000 },
      { groupBy: ['version', 'config', 'variation', 'contextKind'], orderBy: 'tokens', limit: 3 },
    ] as const
    const then = await Promise.all(queries.map(query => stores.memory.runs.usage(query)))
    for (const store of [stores.tested, stores.memory]) await store.append(laterScores(count))
    const changed = records.filter(record => record.kind === 'run-event' && record.metric === 'call:1')
    const prices = changed.map(record => ({ ...record, cost: { nanoUsd: 7, priceList: 'late@1' } }))
    for (const store of [stores.tested, stores.memory]) await store.append(prices)
    for (const [index, query] of queries.entries()) {
      expect(await stores.tested.runs.usage(query)).toEqual(await stores.memory.runs.usage(query))
      expect(await stores.tested.runs.usage({ ...query, asOf: before })).toEqual(then[index])
    }
  }, 300_000)
})
