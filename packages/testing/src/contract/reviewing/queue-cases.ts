import assert from 'node:assert/strict'
import type { NextQuery, QueueItem, QueueQuery, Store } from '@runtape/core/store'
import { runEvent, span, testTime } from '../../records.ts'
import { after, allPages, assertRefused, type StoreContractCase } from '../case.ts'
import { runsIn } from './review-cases.ts'

const nameOf = ({ runId, traceId }: QueueItem): string => runId ?? traceId ?? ''

const idsIn = async (store: Store, query: QueueQuery): Promise<string[]> =>
  (await store.reviews.queue(query)).items.map(nameOf)

const nextOf = async (store: Store, query: NextQuery): Promise<string | undefined> => {
  const item = await store.reviews.next(query)
  return item && nameOf(item)
}

const wait = (ms: number) => new Promise(resolve => setTimeout(resolve, ms))

export const queueCases: readonly StoreContractCase[] = [
  {
    title: 'reviews.queue: runs of a filter without a review, oldest first',
    check: async ({ store }) => {
      const { t1 = '' } = await runsIn(store, ['t1', 'r2', 't3', 't4'])
      await store.append([
        runEvent({ runId: 'r2', metric: 'feedback', value: { kind: 'negative' }, at: testTime }),
      ])
      assert.deepEqual(await idsIn(store, { runs: {} }), ['t1', 'r2', 't3', 't4'])
      assert.deepEqual(await idsIn(store, { runs: { feedback: 'negative' } }), ['r2'])
      const [first] = (await store.reviews.queue({ runs: {} })).items
      assert.deepEqual([first?.traceId, first?.at], [t1, testTime])
      await store.reviews.put({ runId: 't3', by: 'ada', pass: true })
      assert.deepEqual(await idsIn(store, { runs: {} }), ['t1', 'r2', 't4'])
      assert.deepEqual(await idsIn(store, { runs: {}, open: 'by', by: 'ada' }), ['t1', 'r2', 't4'])
      assert.deepEqual(await idsIn(store, { runs: {}, open: 'by', by: 'bo' }), ['t1', 'r2', 't3', 't4'])
      await store.reviews.put({ traceId: t1, by: 'bo', pass: true })
      assert.deepEqual(await idsIn(store, { runs: {} }), ['r2', 't4'])
      await store.reviews.withdraw({ runId: 't3', by: 'ada' })
      assert.deepEqual(await idsIn(store, { runs: {} }), ['r2', 't3', 't4'])
    },
  },
  {
    title: 'reviews.queue: traces of a cohort without a review, in its order, without those that are gone',
    check: async ({ store }) => {
      const { t1 = '', t2 = '', t3 = '' } = await runsIn(store, ['t1', 't2', 't3'])
      const put = [t3, t1, t2].map(traceId => ({ traceId }))
      await store.cohorts.create('x', { put })
      assert.deepEqual(await idsIn(store, { cohort: 'x' }), [t3, t1, t2])
      await store.reviews.put({ runId: 't1', by: 'ada', pass: true })
      assert.deepEqual(await idsIn(store, { cohort: 'x' }), [t3, t2])
      await store.erase({ traceId: t2 })
      assert.deepEqual(await idsIn(store, { cohort: 'x' }), [t3])
      assert.deepEqual(await store.reviews.progress({ cohort: 'x' }), { total: 2, reviewed: 1 })
      assert.deepEqual(await store.reviews.progress({ cohort: 'x', open: 'by', by: 'bo' }), {
        total: 2,
        reviewed: 0,
      })
      await store.cohorts.change('x', { remove: [t3] })
      assert.deepEqual(await idsIn(store, { cohort: 'x@1' }), [t3])
      assert.deepEqual(await idsIn(store, { cohort: 'x' }), [])
      await assertRefused('invalid-option', () => store.reviews.queue({ cohort: 'none' }))
      await assertRefused('invalid-option', () => store.reviews.progress({ cohort: 'none' }))
    },
  },
  {
    title: 'reviews.queue: pages contain every open item once, while items are reviewed',
    check: async ({ store }) => {
      const ids = Array.from({ length: 9 }, (_, at) => `t${at}`)
      const traces = await runsIn(store, ids)
      await store.cohorts.create('x', { put: Object.values(traces).map(traceId => ({ traceId })) })
      await store.reviews.put({ runId: 't4', by: 'ada', pass: true })
      for (const [query, names] of [
        [{ runs: {} }, ids],
        [{ cohort: 'x' }, ids.map(id => traces[id])],
      ] as const) {
        const listed = await allPages(cursor => store.reviews.queue({ ...query, limit: 3, ...after(cursor) }))
        assert.deepEqual(
          listed.map(nameOf),
          names.filter((_, at) => at !== 4),
        )
      }
      const first = await store.reviews.queue({ runs: {}, limit: 3 })
      await store.reviews.put({ runId: 't0', by: 'ada', pass: true })
      const second = await store.reviews.queue({ runs: {}, limit: 3, ...after(first.nextCursor) })
      assert.deepEqual(second.items.map(nameOf), ['t3', 't5', 't6'])
      await assertRefused('invalid-option', () =>
        store.reviews.queue({ cohort: 'x', ...after(first.nextCursor) }),
      )
    },
  },
  {
    title: 'reviews.queue: pages contain every one of many runs of the same time once',
    check: async ({ store }) => {
      const ids = Array.from({ length: 150 }, (_, at) => `r${String(at).padStart(3, '0')}`)
      await store.append(ids.map((runId, at) => runEvent({ runId, at: testTime + Math.floor(at / 70) })))
      for (const runId of ids.filter((_, at) => at % 3 === 0))
        await store.reviews.put({ runId, by: 'ada', pass: true })
      const listed = await allPages(cursor => store.reviews.queue({ runs: {}, limit: 13, ...after(cursor) }))
      assert.deepEqual(
        listed.map(nameOf).toSorted(),
        ids.filter((_, at) => at % 3 !== 0),
      )
      // The next item comes after more claims and skips than a page of the queue has.
      const skip = listed.slice(0, 60).map(nameOf)
      for (const by of ['b', 'c', 'd']) await nextOf(store, { runs: {}, by, skip })
      assert.equal(await nextOf(store, { runs: {}, by: 'e', skip }), nameOf(listed[63] as QueueItem))
      assert.deepEqual(await store.reviews.progress({ runs: {} }), { total: 150, reviewed: 50 })
    },
  },
  {
    title: 'reviews.progress: a run counts once, however it is reviewed; of a trace, only its own runs',
    check: async ({ store }) => {
      const { t1 = '', t2 = '' } = await runsIn(store, ['t1', 't2'])
      // Only a span places one run in the trace; another run names another trace, but has a span in it.
      const [spanned, elsewhere] = [
        runEvent({ runId: 'spanned', traceId: undefined, configKey: 'other' }),
        runEvent({ runId: 'elsewhere', traceId: t2 }),
      ]
      await store.append([
        spanned,
        elsewhere,
        ...[spanned, elsewhere].map(({ runId }) =>
          span({ traceId: t1, runId, parentSpanId: 'b'.repeat(16) }),
        ),
      ])
      await store.reviews.put({ runId: 't1', by: 'ada', pass: true })
      await store.reviews.put({ runId: 't1', by: 'bo', pass: false })
      await store.reviews.put({ traceId: t1, by: 'ada', pass: true })
      assert.deepEqual(await store.reviews.progress({ runs: {} }), { total: 4, reviewed: 2 })
      assert.deepEqual(await idsIn(store, { runs: {} }), ['elsewhere', 't2'])
      const by = { open: 'by', by: 'bo' } as const
      assert.deepEqual(await store.reviews.progress({ runs: {}, ...by }), { total: 4, reviewed: 1 })
      for (const runs of [
        { configKey: 'other' },
        { where: 'run:spanned,t2' },
        { where: 'run:spanned', traceId: t1 },
      ])
        assert.equal((await store.reviews.progress({ runs })).reviewed, 1, JSON.stringify(runs))
    },
  },
  {
    title: 'reviews.queue: a next page skips nothing if reviews remove runs from the filter',
    check: async ({ store }) => {
      const runs = Array.from({ length: 9 }, (_, at) =>
        runEvent({ runId: `r${at}`, at: testTime + Math.floor(at / 3) }),
      )
      await store.append(runs)
      const seen: string[] = []
      let cursor: string | undefined
      do {
        const page = await store.reviews.queue({ runs: { where: 'reviewed:no' }, limit: 2, ...after(cursor) })
        for (const item of page.items) {
          seen.push(nameOf(item))
          await store.reviews.put({ runId: nameOf(item), by: 'ada', pass: true })
        }
        cursor = page.nextCursor
      } while (cursor !== undefined)
      assert.deepEqual(
        seen.toSorted(),
        runs.map(({ runId }) => runId),
      )
    },
  },
  {
    title: 'reviews.queue: unclear queues are refused',
    check: async ({ store }) => {
      const refused = (query: object) =>
        assertRefused('invalid-option', () => store.reviews.queue(query as never))
      await refused({})
      await refused({ runs: {}, cohort: 'x' })
      await refused({ runs: { feedbak: 'negative' } })
      await refused({ runs: { sort: 'cost' } })
      await refused({ runs: {}, open: 'me' })
      await refused({ runs: {}, open: 'by' })
      await refused({ runs: {}, limit: 0 })
      await assertRefused('invalid-option', () => store.reviews.next({ runs: {} } as never))
      await assertRefused('invalid-option', () => store.reviews.next({ runs: {}, by: 'ada', claimMs: 0 }))
      await assertRefused('invalid-option', () =>
        store.reviews.next({ runs: {}, by: 'ada', skip: 'a' } as never),
      )
    },
  },
  {
    title:
      'reviews.next: two reviewers never get the same item, each gets their own again until it is reviewed',
    check: async ({ store }) => {
      const { t1 = '', t3 = '' } = await runsIn(store, ['t1', 'r2', 't3'])
      const next = (by: string, more: Partial<NextQuery> = {}) => nextOf(store, { runs: {}, by, ...more })
      assert.equal(await next('ada'), 't1')
      assert.equal(await next('bo'), 'r2')
      assert.equal(await next('ada'), 't1')
      assert.equal(await next('ada', { skip: ['t1'] }), 't3')
      assert.equal(await next('bo', { skip: ['r2'] }), undefined)
      const { items } = await store.reviews.queue({ runs: {} })
      assert.deepEqual(
        items.map(({ claim }) => claim?.by),
        ['ada', 'bo', 'ada'],
      )
      const left = (items[0]?.claim?.until ?? 0) - Date.now()
      assert.ok(left > 590_000 && left <= 600_000, `a claim lasts 10 minutes (${left} ms are left)`)
      await store.reviews.put({ runId: 't1', by: 'ada', pass: true })
      assert.equal((await store.reviews.queue({ runs: {}, open: 'by', by: 'bo' })).items[0]?.claim, undefined)
      assert.equal(await next('bo', { open: 'by' }), 'r2')
      assert.equal(await next('bo', { open: 'by', skip: ['r2'] }), 't1')
      assert.equal(await store.reviews.release({ runId: 't3', by: 'bo' }), false)
      assert.equal(await store.reviews.release({ runId: 't3', by: 'ada' }), true)
      assert.equal(await store.reviews.release({ runId: 't3', by: 'ada' }), false)
      await store.cohorts.create('x', { put: [{ traceId: t3 }, { traceId: t1 }] })
      assert.equal(await nextOf(store, { cohort: 'x', by: 'carl' }), t3)
      assert.equal(await next('dan'), undefined)
    },
  },
  {
    title: 'reviews.next: a reviewer keeps the claimed item when an earlier one becomes open',
    check: async ({ store }) => {
      const { t1 = '', t2 = '', t3 = '' } = await runsIn(store, ['t1', 't2', 't3', 'r4'])
      const next = (by: string, more: Partial<NextQuery> = {}) =>
        nextOf(store, { runs: { where: 'config:support-*' }, by, ...more })
      assert.equal(await next('ada'), 't1')
      assert.equal(await next('bo'), 't2')
      await store.reviews.release({ runId: 't1', by: 'ada' })
      assert.equal(await next('bo'), 't2')
      assert.equal(await next('ada', { skip: ['t1', 't3'] }), 'r4')
      await store.append([runEvent({ runId: 'early', at: testTime - 60_000 })])
      assert.equal(await next('ada'), 'r4')
      // Reviewed, in another queue, or skipped: the next item is the first that is open.
      assert.equal(await nextOf(store, { runs: { feedback: 'negative' }, by: 'ada' }), undefined)
      assert.equal(await next('ada', { skip: ['r4'] }), 'early')
      for (const runId of ['r4', 'early']) await store.reviews.put({ runId, by: 'ada', pass: true })
      assert.equal(await next('ada'), 't1')
      await store.reviews.release({ runId: 't1', by: 'ada' })
      await store.cohorts.create('x', { put: [t1, t2, t3].map(traceId => ({ traceId })) })
      assert.equal(await nextOf(store, { cohort: 'x', by: 'bo' }), t2)
      await store.cohorts.change('x', { remove: [t2] })
      assert.equal(await nextOf(store, { cohort: 'x', by: 'bo' }), t1)
      assert.equal(await nextOf(store, { cohort: 'x@1', by: 'bo', skip: [t1] }), t2)
    },
  },
  {
    title: 'reviews.next: a claim expires',
    check: async ({ store }) => {
      await runsIn(store, ['t1'])
      assert.equal(await nextOf(store, { runs: {}, by: 'ada', claimMs: 5 }), 't1')
      await wait(30)
      assert.equal((await store.reviews.queue({ runs: {} })).items[0]?.claim, undefined)
      assert.equal(await store.reviews.release({ runId: 't1', by: 'ada' }), false)
      assert.equal(await nextOf(store, { runs: {}, by: 'bo' }), 't1')
      assert.equal(await nextOf(store, { runs: {}, by: 'ada' }), undefined)
    },
  },
  {
    title: 'reviews.next: reviewers on two connections never get the same item',
    needs: 'connect',
    check: async ({ store, connect }) => {
      const second = (await connect?.()) as Store
      try {
        const ids = Array.from({ length: 12 }, (_, at) => `t${at}`)
        await runsIn(store, ids)
        const people = Array.from({ length: 12 }, (_, at) => `p${at}`)
        const taken = await Promise.all(
          people.map((by, at) => nextOf(at % 2 === 0 ? store : second, { runs: {}, by })),
        )
        assert.deepEqual(taken.toSorted(), ids.toSorted())
        assert.equal(await nextOf(second, { runs: {}, by: 'late' }), undefined)
        await second.reviews.put({ runId: 't3', by: 'p3', pass: true })
        assert.deepEqual(await store.reviews.progress({ runs: {} }), { total: 12, reviewed: 1 })
      } finally {
        await second.close()
      }
    },
  },
  {
    title: 'reviews.progress: counts runs of the filter only, by anyone or by one reviewer',
    check: async ({ store }) => {
      const { t1 = '', t2 = '' } = await runsIn(store, ['t1', 't2', 'r3', 'r4'])
      await store.append([
        runEvent({ runId: 'more', traceId: t2, at: testTime + 60_000 }),
        runEvent({ runId: 'other', at: testTime + 1, configKey: 'other' }),
      ])
      for (const runId of ['t1', 'r3', 'other']) await store.reviews.put({ runId, by: 'ada', pass: true })
      await store.reviews.put({ traceId: t2, by: 'bo', pass: true })
      await store.reviews.put({ traceId: t1, by: 'bo', pass: true })
      const config = { configKey: 'support-answer' }
      assert.deepEqual(await store.reviews.progress({ runs: config }), { total: 5, reviewed: 4 })
      assert.deepEqual(await store.reviews.progress({ runs: { ...config, until: testTime + 2 } }), {
        total: 1,
        reviewed: 1,
      })
      assert.deepEqual(await store.reviews.progress({ runs: config, open: 'by', by: 'ada' }), {
        total: 5,
        reviewed: 2,
      })
      assert.deepEqual(await store.reviews.progress({ runs: {}, open: 'by', by: 'bo' }), {
        total: 6,
        reviewed: 3,
      })
      assert.deepEqual(await store.reviews.progress({ runs: { traceId: t2 } }), { total: 2, reviewed: 2 })
      assert.deepEqual(await store.reviews.progress({ runs: { outcome: 'error' } }), {
        total: 0,
        reviewed: 0,
      })
    },
  },
  {
    title: 'reviews.progress: a review of one run says nothing about the other runs of its trace',
    check: async ({ store }) => {
      const { t1: traceId = '' } = await runsIn(store, ['t1'])
      await store.append([runEvent({ runId: 'more', traceId, at: testTime + 60_000 })])
      await store.reviews.put({ runId: 't1', by: 'ada', pass: true })
      assert.deepEqual(await store.reviews.progress({ runs: { traceId } }), { total: 2, reviewed: 1 })
      assert.deepEqual(await idsIn(store, { runs: { traceId } }), ['more'])
    },
  },
]
