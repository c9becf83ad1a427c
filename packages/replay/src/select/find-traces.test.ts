import { memoryStore, span, testTime } from '@runtape/testing'
import { describe, expect, test } from 'vitest'
import { storeWith } from '../../test/tape.ts'
import { findTraces } from './find-traces.ts'

async function storeOf(count: number) {
  const store = memoryStore()
  const spans = Array.from({ length: count }, (_, index) => span({ startedAt: testTime + index }))
  await store.append(spans)
  const newest = spans.map(({ traceId }) => traceId).reverse()
  // Like a server's: a page is never longer than this, whatever is asked for.
  const paged = storeWith(store, {
    traces: { list: query => store.traces.list({ ...query, limit: Math.min(query?.limit ?? 3, 3) }) },
  })
  return { store, paged, newest }
}

describe('findTraces', () => {
  test('returns the newest, up to the limit', async () => {
    const { store, newest } = await storeOf(7)
    expect(await findTraces(store, 'support.answer', {}, 5)).toEqual(newest.slice(0, 5))
  })

  test('reads further pages if the limit exceeds a page', async () => {
    const { paged, newest } = await storeOf(10)
    expect(await findTraces(paged, 'support.answer', {}, 8)).toEqual(newest.slice(0, 8))
    expect(await findTraces(paged, 'support.answer', {}, 50)).toEqual(newest)
  })

  test('returns a trace once that moved between pages', async () => {
    const { store, paged, newest } = await storeOf(4)
    const moving = storeWith(store, {
      traces: {
        list: async query => {
          const page = await paged.traces.list(query)
          return query?.cursor
            ? { items: [...(await store.traces.list({ limit: 2 })).items, ...page.items] }
            : page
        },
      },
    })
    expect(await findTraces(moving, 'support.answer', {}, 10)).toEqual(newest)
  })

  test('returns no more than the limit even if the store does', async () => {
    const { store } = await storeOf(4)
    const generous = storeWith(store, { traces: { list: () => store.traces.list() } })
    expect(await findTraces(generous, 'support.answer', {}, 2)).toHaveLength(2)
  })

  test('ends if a store has endless empty pages', async () => {
    const endless = storeWith(memoryStore(), {
      traces: { list: async () => ({ items: [], nextCursor: 'again' }) },
    })
    await expect(findTraces(endless, 'support.answer', {}, 5)).rejects.toThrow(/has no trace/)
  })

  test('passes the conditions on, times as milliseconds', async () => {
    const { store, newest } = await storeOf(4)
    const since = new Date(testTime + 2)
    expect(await findTraces(store, 'support.answer', { since }, 5)).toEqual(newest.slice(0, 2))
    expect(await findTraces(store, 'support.answer', { until: testTime + 1 }, 5)).toEqual(newest.slice(3))
  })

  test('names the key and the conditions without a match', async () => {
    const { store } = await storeOf(1)
    await expect(findTraces(store, 'support.answer', { feedback: 'negative' }, 5)).rejects.toThrow(
      expect.objectContaining({
        code: 'no-traces',
        message: expect.stringContaining(`no trace of 'support.answer' that matches {"feedback":"negative"}`),
      }),
    )
  })
})
