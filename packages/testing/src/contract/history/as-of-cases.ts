import assert from 'node:assert/strict'
import type { AsOf, Store } from '@runtape/core/store'
import { after, allPages, assertRefused, type StoreContractCase } from '../case.ts'
import { assertSamePages } from './page-cases.ts'
import { fill, grow, type Past, past, pastLists, pastReads } from './past.ts'

const all = (store: Store, it: Past, asOf: AsOf = {}): Promise<unknown[]> =>
  Promise.all(pastReads.map(({ read }) => read(store, it, asOf)))

const readCases = pastReads.map(
  ({ name, read }): StoreContractCase => ({
    title: `asOf: ${name} returns what it returned then, whatever was written, changed or withdrawn since`,
    check: async ({ store }) => {
      const it = past()
      await fill(store, it)
      const then = await read(store, it, {})
      const asOf = await store.revision()
      await grow(store, it)
      const now = await read(store, it, {})
      assert.notDeepEqual(now, then)
      assert.deepEqual(await read(store, it, { asOf }), then)
      assert.deepEqual(await read(store, it, { asOf: await store.revision() }), now)
      await grow(store, it, 1)
      assert.deepEqual(await read(store, it, { asOf }), then)
    },
  }),
)

const pageCases = pastLists.map(
  ({ name, list, isLive }): StoreContractCase => ({
    title: `pages: those of ${name} show the revision of the first one, forward and back`,
    check: async ({ store }) => {
      const it = past()
      await fill(store, it)
      let turn = 0
      const between = () => grow(store, it, turn++)
      for (const limit of [1, 2, 100]) {
        const asOf = await store.revision()
        const { items } = await list(store, it, { limit: 1000, asOf })
        if (!isLive) {
          // Later pages keep the revision of the first one, whatever is asked for.
          const read = (cursor?: string) => list(store, it, { limit, ...after(cursor) })
          assert.deepEqual(await assertSamePages(read, between), items)
        }
        const read = async (cursor?: string) =>
          list(store, it, {
            limit,
            ...after(cursor),
            asOf: cursor === undefined ? asOf : await store.revision(),
          })
        const found = isLive ? await allPages(read, between) : await assertSamePages(read, between)
        assert.deepEqual(found, items)
      }
    },
  }),
)

export const asOfCases: readonly StoreContractCase[] = [
  ...readCases,
  ...pageCases,
  {
    title: 'asOf: as of a time, every read returns what had been received by then',
    check: async ({ store }) => {
      const it = past()
      await fill(store, it)
      const then = await all(store, it)
      const asOf = Date.now()
      while (Date.now() === asOf) await new Promise(resolve => setTimeout(resolve, 1))
      await grow(store, it)
      assert.deepEqual(await all(store, it, { asOf }), then)
      assert.deepEqual(await all(store, it, { asOf: new Date(asOf) }), then)
    },
  },
  {
    title: 'reopen: every read as of an earlier revision returns the same',
    needs: 'reopen',
    check: async ({ store, reopen }) => {
      const it = past()
      await fill(store, it)
      const then = await all(store, it)
      const asOf = await store.revision()
      const { nextCursor } = await store.testRuns.items('test-0', { limit: 2 })
      await grow(store, it)
      const again = (await reopen?.()) as Store
      assert.deepEqual(await all(again, it, { asOf }), then)
      await grow(again, it, 1)
      assert.deepEqual(await all(again, it, { asOf }), then)
      const rest = await again.testRuns.items('test-0', { limit: 100, ...after(nextCursor) })
      assert.equal(rest.items.length, 3)
    },
  },
  {
    title: 'asOf: what was erased is at no revision any more, in no read',
    check: async ({ store }) => {
      const it = past()
      await fill(store, it)
      const asOf = await store.revision()
      const [traceId = ''] = it.traces
      assert.ok(await store.traces.skeleton(traceId, { asOf }))
      await store.erase({ traceId })
      assert.equal(await store.traces.skeleton(traceId, { asOf }), undefined)
      assert.equal(await store.traces.payload(traceId, '0'.repeat(16), { of: 'input', asOf }), undefined)
      assert.deepEqual(await store.traces.search(traceId, { text: 'asked', asOf }), { items: [] })
      const hits = (await store.search({ text: 'asked', asOf })).items
      assert.ok(hits.length > 0 && hits.every(hit => hit.traceId !== traceId))
      assert.equal((await store.cohorts.get('cohort-a', { asOf }))?.gone, 1)
      assert.ok((await store.reviews.list({ asOf, history: true })).items.every(({ runId }) => !runId))
      await store.cohorts.remove('cohort-b')
      assert.equal(await store.cohorts.get('cohort-b', { asOf }), undefined)
      await assertRefused('invalid-option', () => store.cohorts.versions('cohort-b', { asOf }))
    },
  },
  {
    title: 'asOf: as of a revision a queue has no claims, and nothing that was reviewed by then',
    check: async ({ store }) => {
      const it = past()
      await fill(store, it)
      const asOf = await store.revision()
      const queue = { runs: {}, open: 'by', by: 'ada' } as const
      const open = (await store.reviews.queue(queue)).items
      await store.reviews.next({ ...queue, by: 'ada' })
      assert.ok((await store.reviews.queue(queue)).items.some(({ claim }) => claim))
      assert.deepEqual((await store.reviews.queue({ ...queue, asOf })).items, open)
    },
  },
  {
    title: 'asOf: a read that is always of now refuses it',
    check: async ({ store }) => {
      await store.append([])
      const asOf = { asOf: await store.revision() } as never
      await store.views.put({ name: 'a', filter: 'feedback:negative' })
      const reads = [
        () => store.views.get('a', asOf),
        () => store.views.list(asOf),
        () => store.budgets.list(asOf),
        () => store.budgets.state(asOf),
        () => store.budgets.crossings(asOf),
        () => store.health.get(asOf),
      ]
      for (const read of reads) await assertRefused('invalid-option', async () => read())
      assert.equal((await store.views.list({})).length, 1)
    },
  },
  {
    title: 'asOf: a revision that the store has not reached, or no revision, is refused by every read',
    check: async ({ store }) => {
      const it = past()
      await fill(store, it)
      const revision = await store.revision()
      const further = `r${revision.replace(/\d+/g, number => `${Number(number) + 9}`).slice(1)}`
      for (const asOf of [further, 'revision', '', true, Number.NaN] as never[])
        for (const { read } of pastReads)
          await assertRefused('invalid-option', async () => read(store, it, { asOf }))
    },
  },
]
