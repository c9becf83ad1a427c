import assert from 'node:assert/strict'
import type { Change, ChangesQuery, Store } from '@runtape/core/store'
import { removalMark } from '@runtape/core/store'
import { runEvent, span, testTime } from '../../records.ts'
import { assertRefused, type StoreContractCase, type StoreSubject } from '../case.ts'
import { tokens } from '../runs/runs.ts'
import { itemRecord } from '../test-runs/item-records.ts'
import { listedContents, Mirror, mostPages } from './mirror.ts'
import { RandomWork } from './random-work.ts'

const ann = { kind: 'user', key: 'ann' }

const idsOf = (items: readonly Change[]): string[] => items.map(({ kind, id }) => `${kind} ${id}`).sort()

/** Everything that changed since, read a page at a time. */
async function allSince(store: Store, query: ChangesQuery): Promise<Change[]> {
  const items: Change[] = []
  let page = await store.changes(query)
  items.push(...page.items)
  for (let pages = 1; page.hasMore; pages++) {
    assert.ok(pages < mostPages, 'the changes never end')
    page = await store.changes({ ...query, since: page.revision })
    items.push(...page.items)
  }
  return items
}

/** Makes one change of each kind. Returns them. */
async function changeAll(store: Store): Promise<string[]> {
  const root = span({ traceId: 'a'.repeat(32) })
  const priced = runEvent({ runId: 'run-1', metric: 'tokens', value: tokens(1, 1) })
  await store.append([
    priced,
    root,
    runEvent({ runId: 'run-1', metric: 'outcome', value: { status: 'success' } }),
  ])
  const { testRunId } = await store.testRuns.start({ key: 'a', sourceTraceIds: [root.traceId] })
  await store.testRuns.putItem(testRunId, itemRecord({ sourceTraceId: root.traceId }))
  await store.testRuns.putVerdict(testRunId, root.traceId, { pass: true })
  await store.testRuns.complete(testRunId)
  await store.cohorts.create('bad-refunds', { put: [{ traceId: root.traceId }] })
  await store.cohorts.change('bad-refunds', { put: [{ traceId: root.traceId, note: 'why' }] })
  const { reviewId } = await store.reviews.put({ runId: 'run-1', by: 'bo', pass: true })
  await store.views.put({ name: 'mine', filter: 'status:error' })
  await store.budgets.put({ name: 'all', measure: 'runs', limit: 1, window: '1h' })
  await store.append([{ ...priced, value: tokens(2, 2) }])
  return [
    'run run-1',
    `trace ${root.traceId}`,
    ...['test-run', 'item', 'verdict'].map(kind => `${kind} ${testRunId}`),
    'cohort bad-refunds',
    `review ${reviewId}`,
    'view mine',
    'budget all',
    'health ',
  ].sort()
}

async function connected({ connect }: StoreSubject, check: (second: Store) => Promise<void>): Promise<void> {
  const second = await connect?.()
  assert.ok(second, 'the subject has no second connection')
  await check(second).finally(() => second.close())
}

export const changeCases: readonly StoreContractCase[] = [
  {
    title: 'changes: everything that came after a revision is reported, each record once',
    check: async ({ store }) => {
      await store.append([runEvent({ runId: 'earlier' }), span()])
      await store.views.put({ name: 'earlier', filter: 'status:error' })
      const since = await store.revision()
      assert.deepEqual(await store.changes({ since }), { items: [], revision: since, hasMore: false })
      const changed = await changeAll(store)
      const page = await store.changes({ since })
      assert.deepEqual([idsOf(page.items), page.hasMore], [changed, false])
      assert.equal(page.revision, await store.revision())
      assert.deepEqual((await store.changes({ since: page.revision })).items, [])
      assert.deepEqual(new Set(idsOf(await allSince(store, { since, limit: 1 }))), new Set(changed))
    },
  },
  {
    title: 'changes: a later price and a later crossing of a budget are changes, a repeated record is none',
    check: async ({ store }) => {
      const event = runEvent({ runId: 'run-1', metric: 'tokens', value: tokens(1, 1), at: Date.now() })
      const root = span()
      const budget = { name: 'all', measure: 'runs', limit: 1, window: '1h' } as const
      await store.append([event, root])
      await store.budgets.put(budget)
      const view = { name: 'mine', filter: 'status:error' }
      await store.views.put(view)
      const first = await store.revision()
      await store.append([event, root])
      await store.budgets.put(budget)
      await store.views.put(view)
      assert.deepEqual((await store.changes({ since: first })).items, [])
      await store.append([{ ...event, cost: { nanoUsd: 5, priceList: 'test@1' } }])
      assert.deepEqual(idsOf((await store.changes({ since: first })).items), ['run run-1'])
      const second = await store.revision()
      await store.budgets.check()
      assert.deepEqual(idsOf((await store.changes({ since: second })).items), ['budget all'])
      const third = await store.revision()
      await store.budgets.check()
      assert.deepEqual((await store.changes({ since: third })).items, [])
    },
  },
  {
    title: 'changes: only some kinds, up to a revision, since a time',
    check: async ({ store }) => {
      const empty = await store.revision()
      await changeAll(store)
      const since = await store.revision()
      await store.append([runEvent({ runId: 'run-2' }), span({ traceId: 'b'.repeat(32) })])
      const asOf = await store.revision()
      await store.append([runEvent({ runId: 'run-3' }), span()])
      const runs = (query: Omit<ChangesQuery, 'kinds'>) => store.changes({ ...query, kinds: ['run'] })
      assert.deepEqual(idsOf((await runs({ since })).items), ['run run-2', 'run run-3'])
      assert.deepEqual(idsOf((await runs({ since: empty, limit: 1 })).items), ['run run-1'])
      const then = await store.changes({ since, asOf })
      assert.deepEqual(idsOf(then.items), ['run run-2', `trace ${'b'.repeat(32)}`])
      assert.deepEqual([then.revision, then.hasMore], [asOf, false])
      assert.deepEqual(idsOf((await store.changes({ since: empty, kinds: ['view', 'budget'] })).items), [
        'budget all',
        'view mine',
      ])
      assert.equal(idsOf((await store.changes({ since: testTime })).items).length, 14)
      assert.deepEqual((await store.changes({ since: Date.now() + 60_000 })).items, [])
    },
  },
  {
    title: 'changes: records of replays change their trace, and no run',
    check: async ({ store }) => {
      const since = await store.revision()
      const replay = { testRunId: 'test', traceId: 'a'.repeat(32) }
      await store.append([runEvent({ runId: 'run-1', replay })])
      assert.deepEqual((await store.changes({ since })).items, [])
      await store.append([
        span({
          traceId: replay.traceId,
          replay: {
            testRunId: 'test',
            sourceTraceId: 'b'.repeat(32),
            sourceSpanId: 'c'.repeat(16),
            mocked: false,
          },
        }),
      ])
      assert.deepEqual(idsOf((await store.changes({ since })).items), [`trace ${replay.traceId}`])
    },
  },
  {
    title: 'changes: what is removed is reported by its mark, and never by its name',
    check: async ({ store }) => {
      const [traceId, runId] = ['a'.repeat(32), 'run-of-ann']
      const empty = await store.revision()
      await store.append([runEvent({ runId, context: ann, traceId }), span({ traceId, runId })])
      await store.views.put({ name: 'of ann', filter: 'user:ann' })
      await store.budgets.put({
        name: 'ann',
        measure: 'runs',
        limit: 9,
        window: '1h',
        where: { contextKey: 'ann' },
      })
      await store.cohorts.create('for-ann', { put: [{ traceId }] })
      const since = await store.revision()
      await store.erase({ context: ann })
      await store.cohorts.remove('for-ann')
      const removed = {
        run: runId,
        trace: traceId,
        view: 'of ann',
        budget: 'ann',
        cohort: 'for-ann',
      } as const
      const marks = Object.entries(removed).map(([kind, id]) => `${kind} ${removalMark(kind as never, id)}`)
      const { items } = await store.changes({ since })
      assert.deepEqual(new Set(idsOf(items)), new Set(marks))
      assert.ok(items.every(({ isRemoved }) => isRemoved))
      const text = JSON.stringify(await store.changes({ since: empty }))
      for (const id of Object.values(removed)) assert.equal(text.includes(`"${id}"`), false)
      await store.append([runEvent({ runId: 'old', at: testTime - 1 }), span({ startedAt: testTime - 1 })])
      const later = await store.revision()
      await store.prune({ runs: { before: testTime }, traces: { before: testTime } })
      const pruned = (await store.changes({ since: later })).items
      assert.deepEqual(pruned.map(({ kind, isRemoved }) => `${kind} ${isRemoved}`).sort(), [
        'run true',
        'trace true',
      ])
    },
  },
  {
    title:
      'changes: numbers that stay of an erased run, and runs that lose what an erased person said, are changes',
    check: async ({ store }) => {
      await store.append([
        runEvent({ runId: 'run-1', context: ann }),
        runEvent({ runId: 'run-2' }),
        runEvent({ runId: 'run-2', metric: 'feedback', value: { kind: 'negative' }, context: ann }),
      ])
      const mirror = new Mirror()
      const since = await mirror.follow(store, await store.revision())
      await store.erase({ context: ann }, { keepTotals: true })
      const items = await allSince(store, { since })
      assert.ok(
        items.some(
          ({ kind, id, isRemoved }) => isRemoved && kind === 'run' && id === removalMark('run', 'run-1'),
        ),
      )
      const changed = items.flatMap(({ kind, id, isRemoved }) => (kind === 'run' && !isRemoved ? [id] : []))
      const { items: runs } = await store.runs.list()
      assert.deepEqual(changed.sort(), runs.map(({ runId }) => runId).sort())
      assert.equal(runs.length, 2)
    },
  },
  {
    title:
      'changes: a revision of another store, or one that is not reached, is refused with a code to start over',
    check: async ({ store }) => {
      await changeAll(store)
      const revision = await store.revision()
      const others = [
        `r${revision.replace(/\d+/g, number => `${Number(number) + 9}`).slice(1)}`,
        'r9999999999',
        'r1.1',
        `${revision}0`,
        revision.replace(/.$/, last => (last === '0' ? '1' : '0')),
      ]
      for (const since of others) await assertRefused('revision-unknown', () => store.changes({ since }))
      const bad = [{}, { since: '' }, { since: revision, limit: 0 }, { since: revision, limit: 1001 }]
      const worse = [
        { since: revision, kinds: ['runs'] },
        { since: revision, kinds: [] },
        { after: revision },
      ]
      for (const query of [...bad, ...worse] as never[])
        await assertRefused('invalid-option', async () => store.changes(query))
    },
  },
  {
    title: 'changes: a mirror that follows them page by page has what the lists have',
    check: async ({ store }) => {
      for (const [seed, limit] of [
        [1, 1],
        [2, 3],
        [3, 100],
      ] as const) {
        const [mirror, work] = [new Mirror(), new RandomWork(store, seed)]
        const start = await mirror.follow(store, seed === 1 ? await store.revision() : await first(store))
        let left = 60
        const between = async () => void (left-- > 0 && (await work.step()))
        let since = start
        for (let round = 0; round < 15; round++) {
          await work.step()
          since = await mirror.follow(store, since, { limit, between })
        }
        await mirror.follow(store, since, { limit })
        assert.deepEqual(mirror.contents(), await listedContents(store, work.traceIds))
      }
    },
  },
  {
    title: 'changes: one connection follows what another writes and removes',
    needs: 'connect',
    check: subject =>
      connected(subject, async second => {
        const [mirror, work] = [new Mirror(), new RandomWork(second, 7)]
        let since = await subject.store.revision()
        for (let round = 0; round < 40; round++) {
          await work.step()
          since = await mirror.follow(subject.store, since, { limit: 2 })
        }
        assert.deepEqual(mirror.contents(), await listedContents(subject.store, work.traceIds))
        assert.deepEqual((await second.changes({ since })).items, [])
      }),
  },
  {
    title: 'reopen: changes since a revision of before are reported',
    needs: 'reopen',
    check: async ({ store, reopen }) => {
      await store.append([runEvent({ runId: 'run-1' })])
      const since = await store.revision()
      const changed = await changeAll(store)
      await store.views.remove('mine')
      const before = await store.changes({ since })
      const again = await reopen?.()
      assert.ok(again, 'the subject cannot be reopened')
      try {
        assert.deepEqual(await again.changes({ since }), before)
        assert.equal(before.items.length, changed.length)
        await again.append([runEvent({ runId: 'run-2' })])
        assert.deepEqual(idsOf((await again.changes({ since: before.revision })).items), ['run run-2'])
      } finally {
        await again.close()
      }
    },
  },
]

/** The revision of before everything. */
const first = async (store: Store): Promise<string> =>
  (await store.changes({ since: testTime, asOf: testTime })).revision
