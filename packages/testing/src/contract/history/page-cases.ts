import assert from 'node:assert/strict'
import type { Page, RunQuery, Store } from '@runtape/core/store'
import { runEvent, span, testTime } from '../../records.ts'
import { after, type StoreContractCase } from '../case.ts'

export type Read<T> = (cursor: string | undefined) => Promise<Page<T>>

/**
 * Reads pages forward to the end, back to the start and forward again. `arrive` adds records in between, a few times.
 */
export async function assertSamePages<T>(read: Read<T>, arrive: () => Promise<unknown>): Promise<T[]> {
  let arrivals = 0
  const between = async () => {
    if (arrivals++ < 4) await arrive()
  }
  const forward: Page<T>[] = []
  for (let cursor: string | undefined; ; ) {
    const page = await read(cursor)
    assert.equal(page.previousCursor === undefined, forward.length === 0)
    forward.push(page)
    await between()
    cursor = page.nextCursor
    if (cursor === undefined) break
  }
  let at = forward.length - 1
  const step = async (to: 'nextCursor' | 'previousCursor', from: Page<T>) => {
    const page = await read(from[to])
    at += to === 'nextCursor' ? 1 : -1
    assert.deepEqual(page.items, forward[at]?.items)
    await between()
    return page
  }
  let page = forward.at(-1) as Page<T>
  while (page.previousCursor !== undefined) page = await step('previousCursor', page)
  assert.equal(at, 0)
  while (page.nextCursor !== undefined) page = await step('nextCursor', page)
  assert.equal(at, forward.length - 1)
  return forward.flatMap(({ items }) => items)
}

const orders: RunQuery[] = (['time', 'cost', 'tokens', 'duration'] as const).flatMap(sort => [
  { sort },
  { sort, order: 'ascending' },
])

/** Runs with equal, different and unknown values. */
async function fillRuns(store: Store): Promise<void> {
  const usage = { input: 1, output: 1, total: 2 }
  for (let index = 0; index < 9; index++) {
    const run = { runId: `run-${index}`, at: testTime + (index % 4) }
    const cost = index % 3 ? { nanoUsd: index % 2, priceList: 'test@1' } : undefined
    await store.append([
      runEvent({ ...run, metric: 'call:1', value: { status: 'success', durationMs: 5, usage }, cost }),
      ...(index % 4 ? [runEvent({ ...run, metric: 'duration', value: index % 3 })] : []),
    ])
  }
}

export const pageCases: readonly StoreContractCase[] = [
  {
    title: 'runs.list: pages in every order are the same forward and back, while runs change and arrive',
    check: async ({ store }) => {
      await fillRuns(store)
      let turn = 0
      const between = () =>
        store.append([
          runEvent({ at: testTime + (turn++ % 5) }),
          runEvent({
            runId: `run-${turn % 9}`,
            metric: `tool-call:${turn}`,
            value: { name: 'a' },
            at: testTime - turn,
          }),
        ])
      for (const query of orders)
        for (const limit of [1, 4]) {
          const asOf = await store.revision()
          const { items } = await store.runs.list({ ...query, limit: 1000, asOf })
          const read: Read<unknown> = cursor => store.runs.list({ ...query, limit, ...after(cursor) })
          assert.deepEqual(await assertSamePages(read, between), items)
        }
    },
  },
  {
    title: 'traces.list: pages are the same forward and back, while traces arrive',
    check: async ({ store }) => {
      await store.append(Array.from({ length: 7 }, (_, index) => span({ startedAt: testTime + (index % 3) })))
      let turn = 0
      const between = () => store.append([span({ startedAt: testTime + (turn++ % 4) })])
      for (const query of [
        {},
        { key: 'support.answer' },
        { since: testTime + 1 },
        { status: 'error' } as const,
      ])
        for (const limit of [2, 7]) {
          const { items } = await store.traces.list({ ...query, limit: 1000 })
          const read: Read<unknown> = cursor => store.traces.list({ ...query, limit, ...after(cursor) })
          assert.deepEqual(await assertSamePages(read, between), items)
        }
    },
  },
  {
    title: 'testRuns.list: pages are the same forward and back, while test runs start',
    check: async ({ store }) => {
      const start = () => store.testRuns.start({ key: 'a', sourceTraceIds: [] })
      for (let index = 0; index < 5; index++) await start()
      for (const limit of [1, 2, 5]) {
        const { items } = await store.testRuns.list({ limit: 1000 })
        const read: Read<unknown> = cursor => store.testRuns.list({ limit, ...after(cursor) })
        assert.deepEqual(await assertSamePages(read, start), items)
      }
    },
  },
  {
    title: 'lists: a page whose neighbours were removed leads back to what is left',
    check: async ({ store }) => {
      const traces = Array.from({ length: 4 }, (_, index) => span({ startedAt: testTime - index }))
      await store.append(traces)
      const ids = traces.map(({ traceId }) => traceId)
      const list = async (cursor?: string) => {
        const page = await store.traces.list({ limit: 2, ...after(cursor) })
        return { ...page, ids: page.items.map(({ traceId }) => ids.indexOf(traceId)) }
      }
      const first = await list()
      const second = await list(first.nextCursor)
      for (const index of [2, 3]) await store.erase({ traceId: ids[index] ?? '' })
      const empty = await list(first.nextCursor)
      assert.deepEqual([empty.ids, empty.nextCursor], [[], undefined])
      assert.deepEqual((await list(empty.previousCursor)).ids, [0, 1])
      for (const index of [0, 1]) await store.erase({ traceId: ids[index] ?? '' })
      await store.append([span()])
      assert.deepEqual(await list(second.previousCursor), { items: [], ids: [] })
    },
  },
]
