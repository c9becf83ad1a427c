import assert from 'node:assert/strict'
import { newTraceId } from '@runtape/core/internal'
import type { Review, Store } from '@runtape/core/store'
import { runEvent, span, testTime } from '../../records.ts'
import { after, allPages, assertRefused, type StoreContractCase } from '../case.ts'

/** Appends runs with these ids, a minute apart; those whose name has a `t` are traced. Returns trace ids by run. */
export async function runsIn(store: Store, ids: readonly string[]): Promise<Record<string, string>> {
  const traces: Record<string, string> = {}
  for (const [at, runId] of ids.entries()) {
    const traceId = newTraceId()
    const isTraced = runId.includes('t')
    const startedAt = testTime + at * 60_000
    await store.append([
      runEvent({ runId, at: startedAt, ...(isTraced && { traceId }) }),
      ...(isTraced ? [span({ traceId, runId, startedAt })] : []),
    ])
    if (isTraced) traces[runId] = traceId
  }
  return traces
}

const comments = async (
  store: Store,
  query: Parameters<Store['reviews']['list']>[0],
): Promise<(string | undefined)[]> => (await store.reviews.list(query)).items.map(({ comment }) => comment)

export const reviewCases: readonly StoreContractCase[] = [
  {
    title: 'reviews.put: keeps the reviewer, verdict, scores and comment of a run or a trace',
    check: async ({ store }) => {
      const { t1 = '' } = await runsIn(store, ['t1', 'r2'])
      const before = Date.now()
      const said = {
        by: 'ada',
        pass: false,
        scores: { politeness: 0.5, facts: -1 },
        comment: 'verspricht zu viel',
      }
      const review = await store.reviews.put({ runId: 't1', ...said })
      const { reviewId, at, ...rest } = review
      assert.deepEqual(rest, { runId: 't1', traceId: t1, ...said })
      assert.ok(reviewId !== '' && at >= before && at <= Date.now())
      assert.deepEqual((await store.reviews.list({ runId: 't1' })).items, [review])
      const ofTrace = await store.reviews.put({ traceId: t1, by: 'bo', comment: 'only a comment' })
      assert.equal(ofTrace.runId, undefined)
      assert.deepEqual((await store.reviews.list({ traceId: t1 })).items, [ofTrace, review])
      const untraced = await store.reviews.put({ runId: 'r2', by: 'bo', pass: true })
      assert.equal('traceId' in untraced, false)
      assert.deepEqual((await store.reviews.list({ by: 'bo' })).items, [untraced, ofTrace])
      assert.deepEqual((await store.reviews.list({ pass: false })).items, [review])
    },
  },
  {
    title: 'reviews.put: invalid reviews, and those of unknown runs and traces, are refused',
    check: async ({ store }) => {
      const { t1 = '' } = await runsIn(store, ['t1'])
      const refused = (review: object) =>
        assertRefused('invalid-option', () => store.reviews.put(review as never))
      await refused({ by: 'ada', pass: true })
      await refused({ runId: 't1', traceId: t1, by: 'ada', pass: true })
      await refused({ runId: 'none', by: 'ada', pass: true })
      await refused({ traceId: newTraceId(), by: 'ada', pass: true })
      await refused({ runId: 't1', pass: true })
      await refused({ runId: 't1', by: '', pass: true })
      await refused({ runId: 't1', by: 'ada' })
      await refused({ runId: 't1', by: 'ada', pass: 'yes' })
      await refused({ runId: 't1', by: 'ada', scores: { politeness: Number.NaN } })
      await refused({ runId: 't1', by: 'ada', scores: [1] })
      await refused({ runId: 't1', by: 'ada', verdict: true })
      assert.deepEqual((await store.reviews.list({ history: true })).items, [])
    },
  },
  {
    title: 'reviews: each reviewer has one that stands, the newest; withdrawn ones stay in the history',
    check: async ({ store }) => {
      const { t1 = '' } = await runsIn(store, ['t1'])
      const { reviews } = store
      const put = (by: string, comment: string) => reviews.put({ runId: 't1', by, comment })
      await put('ada', 'a1')
      await put('bo', 'b1')
      await put('ada', 'a2')
      await reviews.put({ traceId: t1, by: 'ada', comment: 'of the trace' })
      assert.deepEqual(await comments(store, { runId: 't1' }), ['a2', 'b1'])
      assert.deepEqual(await comments(store, { runId: 't1', history: true }), ['a2', 'b1', 'a1'])
      const withdrawn = await reviews.withdraw({ runId: 't1', by: 'ada' })
      assert.equal(withdrawn?.comment, 'a2')
      assert.equal(withdrawn?.withdrawn?.by, 'ada')
      assert.ok((withdrawn?.withdrawn?.at ?? 0) >= (withdrawn?.at ?? Infinity))
      assert.deepEqual(await comments(store, { runId: 't1' }), ['b1', 'a1'])
      assert.equal((await reviews.withdraw({ runId: 't1', by: 'ada' }))?.comment, 'a1')
      assert.equal(await reviews.withdraw({ runId: 't1', by: 'ada' }), undefined)
      assert.equal(await reviews.withdraw({ runId: 't1', by: 'carl' }), undefined)
      assert.deepEqual(await comments(store, { runId: 't1' }), ['b1'])
      const { items } = await reviews.list({ runId: 't1', history: true })
      assert.deepEqual(
        items.map(({ comment, withdrawn }) => [comment, withdrawn !== undefined]),
        [
          ['a2', true],
          ['b1', false],
          ['a1', true],
        ],
      )
      assert.deepEqual(await comments(store, { by: 'ada' }), ['of the trace'])
    },
  },
  {
    title: 'reviews: leave the feedback and the bill of a run alone',
    check: async ({ store }) => {
      await runsIn(store, ['t1'])
      const before = [await store.runs.get('t1'), await store.runs.usage()]
      await store.reviews.put({ runId: 't1', by: 'ada', pass: false, scores: { politeness: 0 } })
      assert.deepEqual([await store.runs.get('t1'), await store.runs.usage()], before)
    },
  },
  {
    title: 'reviews.list: as of a revision, what stood then',
    check: async ({ store }) => {
      await runsIn(store, ['t1'])
      const { reviews } = store
      const empty = await store.revision()
      await reviews.put({ runId: 't1', by: 'ada', comment: 'first' })
      const first = await store.revision()
      await reviews.put({ runId: 't1', by: 'ada', comment: 'second' })
      const second = await store.revision()
      await reviews.withdraw({ runId: 't1', by: 'ada' })
      assert.deepEqual(await comments(store, { asOf: empty }), [])
      assert.deepEqual(await comments(store, { asOf: first }), ['first'])
      assert.deepEqual(await comments(store, { asOf: second }), ['second'])
      assert.deepEqual((await reviews.list({ asOf: second, history: true })).items[0]?.withdrawn, undefined)
      assert.deepEqual(await comments(store, {}), ['first'])
    },
  },
  {
    title: 'reviews.list: newest first, each once across pages, with checked arguments',
    check: async ({ store }) => {
      await runsIn(store, ['t1', 't2'])
      const put = (n: number) =>
        store.reviews.put({ runId: n % 2 ? 't1' : 't2', by: `p${n}`, comment: `${n}` })
      for (let n = 0; n < 7; n++) await put(n)
      let more = 100
      const listed = await allPages(
        cursor => store.reviews.list({ limit: 3, ...after(cursor) }),
        () => put(more++),
      )
      assert.deepEqual(
        listed.map(({ comment }) => comment),
        ['6', '5', '4', '3', '2', '1', '0'],
      )
      const future = Date.now() + 60_000
      assert.deepEqual((await store.reviews.list({ since: future })).items, [])
      assert.equal((await store.reviews.list({ until: future })).items.length, 9)
      await assertRefused('invalid-option', () => store.reviews.list({ reviewer: 'ada' } as never))
      await assertRefused('invalid-option', () => store.reviews.list({ cursor: 'x' }))
      await assertRefused('invalid-option', () => store.reviews.list({ limit: 0 }))
    },
  },
  {
    title: 'reviews: an erased run or person takes reviews, comments and claims along',
    check: async ({ store }) => {
      const { reviews } = store
      const { t1 = '', t2 = '' } = await runsIn(store, ['t1', 't2'])
      const kept = runEvent({ runId: 'kept', context: { kind: 'user', key: 'other' } })
      await store.append([kept])
      await reviews.put({ runId: 't1', by: 'ada', comment: 'secret' })
      await reviews.put({ traceId: t2, by: 'ada', comment: 'secret' })
      const stays = await reviews.put({ runId: 'kept', by: 'ada', comment: 'stays' })
      await reviews.next({ runs: {}, open: 'by', by: 'bo' })
      await store.erase({ runId: 't1' })
      assert.deepEqual(await comments(store, { history: true }), ['stays', 'secret'])
      await assertRefused('invalid-option', () => reviews.put({ runId: 't1', by: 'ada', comment: 'again' }))
      await assertRefused('invalid-option', () => reviews.put({ traceId: t1, by: 'ada', comment: 'again' }))
      await store.erase({ context: { kind: 'user', key: 'user-1' } }, { keepTotals: true })
      assert.deepEqual((await reviews.list({ history: true })).items, [stays])
    },
  },
  {
    title: 'reviews: pruned traces leave the reviews of runs, pruned runs take them along',
    check: async ({ store }) => {
      const { t1 = '' } = await runsIn(store, ['t1', 't2'])
      await store.reviews.put({ runId: 't1', by: 'ada', comment: 'of the run' })
      await store.reviews.put({ traceId: t1, by: 'ada', comment: 'of the trace' })
      await store.prune({ traces: { before: testTime + 1 } })
      const { items } = await store.reviews.list()
      assert.deepEqual(
        items.map(({ comment, traceId }) => [comment, traceId]),
        [['of the run', undefined]],
      )
      await store.prune({ runs: { before: testTime + 1 } })
      assert.deepEqual((await store.reviews.list({ history: true })).items, [])
    },
  },
  {
    title: 'reopen: reviews are still there, with their history',
    needs: 'reopen',
    check: async ({ store, reopen }) => {
      await runsIn(store, ['t1'])
      await store.reviews.put({ runId: 't1', by: 'ada', pass: true, scores: { a: 1 } })
      await store.reviews.put({ runId: 't1', by: 'ada', pass: false })
      await store.reviews.withdraw({ runId: 't1', by: 'ada' })
      const read = async (from: Store): Promise<Review[]> => [
        ...(await from.reviews.list({ history: true })).items,
      ]
      const before = await read(store)
      assert.deepEqual(await read((await reopen?.()) as Store), before)
    },
  },
]
