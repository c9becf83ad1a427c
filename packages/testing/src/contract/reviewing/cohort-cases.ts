import assert from 'node:assert/strict'
import { newTraceId } from '@runtape/core/internal'
import type { CohortItem, Store } from '@runtape/core/store'
import { payload, runEvent, span, testTime } from '../../records.ts'
import { after, allPages, assertRefused, type StoreContractCase } from '../case.ts'

/** Appends this many traces and returns their ids. */
async function tracesIn(store: Store, count: number): Promise<string[]> {
  const roots = Array.from({ length: count }, (_, at) => span({ startedAt: testTime + at }))
  await store.append(roots)
  return roots.map(({ traceId }) => traceId)
}

const put = (ids: readonly string[]) => ids.map(traceId => ({ traceId }))

const all = (store: Store, cohort: string, limit = 50): Promise<CohortItem[]> =>
  allPages(cursor => store.cohorts.entries(cohort, { limit, ...after(cursor) }))

const idsIn = async (store: Store, cohort: string): Promise<string[]> =>
  (await all(store, cohort)).map(({ traceId }) => traceId)

export const cohortCases: readonly StoreContractCase[] = [
  {
    title: 'cohorts.create: keeps the traces in the given order, with author, time and comment',
    check: async ({ store }) => {
      const [a = '', b = '', c = ''] = await tracesIn(store, 3)
      const before = Date.now()
      const cohort = await store.cohorts.create('bad-refunds', {
        put: [
          { traceId: c, note: 'promises too much' },
          { traceId: a },
          { traceId: b, expected: payload({ text: 'no' }) },
        ],
        by: 'ada',
        comment: 'from the complaints of May',
      })
      const { at, ...facts } = cohort
      const counts = { size: 3, added: 3, changed: 0, removed: 0, gone: 0 }
      assert.deepEqual(facts, {
        name: 'bad-refunds',
        version: 1,
        by: 'ada',
        comment: 'from the complaints of May',
        ...counts,
      })
      assert.ok(at >= before && at <= Date.now())
      assert.deepEqual(await store.cohorts.get('bad-refunds'), cohort)
      const { items } = await store.cohorts.entries('bad-refunds')
      assert.deepEqual(
        items.map(({ trace: _, ...entry }) => entry),
        [
          { traceId: c, note: 'promises too much' },
          { traceId: a },
          { traceId: b, expected: payload({ text: 'no' }) },
        ],
      )
      assert.deepEqual(items[0]?.trace, (await store.traces.list({ limit: 1 })).items[0])
    },
  },
  {
    title: 'cohorts: names are unique and checked, an unknown cohort or version is undefined or refused',
    check: async ({ store }) => {
      const { cohorts } = store
      await cohorts.create('größe_1.a-b')
      await assertRefused('invalid-option', () => cohorts.create('größe_1.a-b'))
      for (const name of ['', 'a b', 'a@1', '-a', 'x'.repeat(101), '@removed 1'])
        await assertRefused('invalid-option', () => cohorts.create(name))
      assert.equal(await cohorts.get('none'), undefined)
      assert.equal(await cohorts.get('größe_1.a-b@2'), undefined)
      assert.equal((await cohorts.get('größe_1.a-b@1'))?.size, 0)
      await assertRefused('invalid-option', () => cohorts.get('a@0'))
      await assertRefused('invalid-option', () => cohorts.get('a@b'))
      await assertRefused('invalid-option', () => cohorts.entries('none'))
      await assertRefused('invalid-option', () => cohorts.entries('größe_1.a-b@2'))
      await assertRefused('invalid-option', () => cohorts.versions('none'))
      await assertRefused('invalid-option', () => cohorts.change('none', { remove: ['x'] }))
      assert.equal(await cohorts.remove('none'), false)
    },
  },
  {
    title: 'cohorts: invalid changes are refused, and change nothing',
    check: async ({ store }) => {
      const [a = '', b = ''] = await tracesIn(store, 2)
      await store.cohorts.create('x', { put: put([a]) })
      const refused = (change: object) =>
        assertRefused('invalid-option', () => store.cohorts.change('x', change as never))
      await refused({ add: [b] })
      await refused({ put: [b] })
      await refused({ put: [{ traceId: b, wanted: 1 }] })
      await refused({ put: [{ traceId: b, expected: { text: 'no' } }] })
      await refused({ put: [{ traceId: b, expected: { json: 'no' } }] })
      await refused({ put: put([b]), remove: [b] })
      await refused({ put: put([b]), by: '' })
      await refused({ put: put([b, newTraceId()]) })
      await refused({ remove: 'all' })
      await refused({ put: put([b]), ifVersion: 0 })
      assert.deepEqual(await idsIn(store, 'x'), [a])
      assert.equal((await store.cohorts.get('x'))?.version, 1)
    },
  },
  {
    title: 'cohorts.change: every change is a version, and old versions stay readable',
    check: async ({ store }) => {
      const [a = '', b = '', c = ''] = await tracesIn(store, 3)
      const { cohorts } = store
      await cohorts.create('x', { put: put([a, b]) })
      const second = await cohorts.change('x', {
        put: [{ traceId: c }, { traceId: a, expected: payload([1]), note: 'first' }],
        remove: [b],
        by: 'bo',
      })
      assert.deepEqual(
        [second.version, second.size, second.added, second.changed, second.removed],
        [2, 2, 1, 1, 1],
      )
      await cohorts.change('x', { put: [{ traceId: a, note: null }, { traceId: b }] })
      const entries = async (cohort: string) =>
        (await all(store, cohort)).map(({ trace: _, ...entry }) => entry)
      assert.deepEqual(await entries('x@1'), put([a, b]))
      assert.deepEqual(await entries('x@2'), [
        { traceId: a, expected: payload([1]), note: 'first' },
        { traceId: c },
      ])
      assert.deepEqual(await entries('x'), [
        { traceId: a, expected: payload([1]) },
        { traceId: c },
        { traceId: b },
      ])
      assert.deepEqual(await entries('x@3'), await entries('x'))
      const versions = await allPages(cursor => cohorts.versions('x', { limit: 2, ...after(cursor) }))
      assert.deepEqual(
        versions.map(({ version, size, by }) => [version, size, by]),
        [
          [3, 3, undefined],
          [2, 2, 'bo'],
          [1, 2, undefined],
        ],
      )
    },
  },
  {
    title: 'cohorts.change: a change without effect makes no version',
    check: async ({ store }) => {
      const [a = ''] = await tracesIn(store, 1)
      const entry = { traceId: a, expected: payload({ n: 1 }), note: 'x' }
      await store.cohorts.create('x', { put: [entry] })
      const again = await store.cohorts.change('x', {
        put: [entry, { traceId: a }],
        remove: ['f'.repeat(32)],
      })
      assert.equal(again.version, 1)
      assert.equal((await store.cohorts.versions('x')).items.length, 1)
    },
  },
  {
    title: 'cohorts.change: ifVersion refuses a change that was made for an older version',
    check: async ({ store }) => {
      const [a = '', b = ''] = await tracesIn(store, 2)
      await store.cohorts.create('x', { put: put([a]) })
      await store.cohorts.change('x', { put: put([b]), ifVersion: 1 })
      await assertRefused('version-conflict', () => store.cohorts.change('x', { remove: [a], ifVersion: 1 }))
      assert.deepEqual(await idsIn(store, 'x'), [a, b])
    },
  },
  {
    title: 'cohorts.change: changes at the same time are all kept, each as a version',
    check: async ({ store }) => {
      const ids = await tracesIn(store, 12)
      await store.cohorts.create('x')
      await Promise.all(ids.map(traceId => store.cohorts.change('x', { put: [{ traceId }] })))
      assert.deepEqual((await idsIn(store, 'x')).sort(), ids.toSorted())
      const { items } = await store.cohorts.versions('x')
      assert.deepEqual(
        items.map(({ version, size }) => [version, size]),
        Array.from({ length: 13 }, (_, at) => [13 - at, 12 - at]),
      )
    },
  },
  {
    title: 'cohorts.change: two connections lose no change, large or small',
    needs: 'connect',
    check: async ({ store, connect }) => {
      const second = (await connect?.()) as Store
      try {
        const ids = await tracesIn(store, 900)
        await store.cohorts.create('x')
        const parts = [ids.slice(0, 400), ids.slice(400, 800), ...ids.slice(800).map(id => [id])]
        await Promise.all(
          parts.map((part, at) => (at % 2 === 0 ? store : second).cohorts.change('x', { put: put(part) })),
        )
        assert.equal((await second.cohorts.get('x'))?.version, parts.length + 1)
        assert.deepEqual((await idsIn(second, 'x')).sort(), ids.toSorted())
        const made = await Promise.allSettled(
          [store, second].map(each => each.cohorts.create('y', { put: put(ids) })),
        )
        assert.deepEqual(made.map(({ status }) => status).sort(), ['fulfilled', 'rejected'])
        assert.equal((await store.cohorts.get('y'))?.size, 900)
      } finally {
        await second.close()
      }
    },
  },
  {
    title: 'cohorts.entries: pages are of one version, each entry once, in order',
    check: async ({ store }) => {
      const ids = await tracesIn(store, 250)
      await store.cohorts.create('x', { put: put(ids) })
      let round = 0
      const listed = await allPages(
        cursor => store.cohorts.entries('x', { limit: 60, ...after(cursor) }),
        () => store.cohorts.change('x', { remove: [ids[200 + round++] ?? ''] }),
      )
      assert.deepEqual(
        listed.map(({ traceId }) => traceId),
        ids,
      )
      assert.equal((await idsIn(store, 'x')).length, 246)
      const one = await store.cohorts.entries('x@1', { traceId: ids[201] ?? '' })
      assert.deepEqual(
        one.items.map(({ traceId }) => traceId),
        [ids[201]],
      )
      assert.deepEqual((await store.cohorts.entries('x', { traceId: ids[201] ?? '' })).items, [])
      const { nextCursor } = await store.cohorts.entries('x', { limit: 1 })
      await assertRefused('invalid-option', () => store.cohorts.list({ cursor: nextCursor ?? '' }))
      await assertRefused('invalid-option', () => store.cohorts.entries('x', { limit: 0 }))
      await assertRefused('invalid-option', () => store.cohorts.entries('x', { since: 0 } as never))
    },
  },
  {
    title: 'cohorts.list: by name, each at its newest version, across pages',
    check: async ({ store }) => {
      const [a = ''] = await tracesIn(store, 1)
      for (const name of ['c', 'a', 'b']) await store.cohorts.create(name)
      await store.cohorts.change('b', { put: put([a]) })
      const listed = await allPages(cursor => store.cohorts.list({ limit: 2, ...after(cursor) }))
      assert.deepEqual(
        listed.map(({ name, version, size }) => [name, version, size]),
        [
          ['a', 1, 0],
          ['b', 2, 1],
          ['c', 1, 0],
        ],
      )
    },
  },
  {
    title: 'cohorts.remove: removes all versions, and no version number is used again',
    check: async ({ store }) => {
      const ids = await tracesIn(store, 300)
      await store.cohorts.create('x', { put: put(ids) })
      await store.cohorts.change('x', { remove: ids.slice(0, 10) })
      assert.equal(await store.cohorts.remove('x'), true)
      assert.equal(await store.cohorts.get('x'), undefined)
      assert.equal(await store.cohorts.get('x@1'), undefined)
      assert.deepEqual((await store.cohorts.list()).items, [])
      assert.equal(await store.cohorts.remove('x'), false)
      const again = await store.cohorts.create('x', { put: put(ids.slice(0, 1)) })
      assert.deepEqual([again.version, again.size], [3, 1])
      assert.equal(await store.cohorts.get('x@1'), undefined)
    },
  },
  {
    title: 'cohorts.remove: two removals at the same time leave a cohort alone that is made meanwhile',
    check: async ({ store }) => {
      const ids = await tracesIn(store, 2)
      await store.cohorts.create('x', { put: put(ids) })
      const removals = [store.cohorts.remove('x'), store.cohorts.remove('x')]
      await removals[0]
      await store.cohorts.create('y', { put: put(ids) })
      assert.deepEqual(await Promise.all(removals), [true, false])
      assert.equal((await all(store, 'y')).length, 2)
      assert.equal((await store.cohorts.create('z', { put: put(ids) })).size, 2)
    },
  },
  {
    title: 'cohorts: a removed trace stays as gone, without its expected output and note, in every version',
    check: async ({ store }) => {
      const secret = 'ada-lovelace'
      const run = runEvent({ traceId: newTraceId(), context: { kind: 'user', key: secret } })
      const root = span({ traceId: run.traceId, runId: run.runId })
      const [other = ''] = await tracesIn(store, 1)
      await store.append([run, root])
      const { traceId } = root
      const { cohorts } = store
      await cohorts.create('x', { put: put([other, traceId]), comment: 'both' })
      await cohorts.change('x', {
        put: [{ traceId, expected: payload(secret), note: secret }],
        comment: secret,
      })
      await cohorts.change('x', {
        put: [
          { traceId, note: `${secret} 2` },
          { traceId: other, note: 'stays' },
        ],
      })
      await cohorts.change('x', { remove: [traceId], comment: secret })
      await store.erase({ context: { kind: 'user', key: secret } })
      for (const version of [1, 2, 3]) {
        const cohort = await cohorts.get(`x@${version}`)
        assert.deepEqual([cohort?.size, cohort?.gone], [2, 1])
        const items = await all(store, `x@${version}`)
        assert.deepEqual(items[1], { traceId })
        assert.ok(items[0]?.trace)
      }
      assert.equal((await cohorts.get('x'))?.gone, 0)
      assert.equal((await all(store, 'x@3'))[0]?.note, 'stays')
      const { items } = await cohorts.versions('x')
      assert.deepEqual(
        items.map(({ comment }) => comment),
        [undefined, undefined, undefined, 'both'],
      )
      await assertRefused('invalid-option', () => cohorts.change('x', { put: put([traceId]) }))
      await store.prune({ traces: { before: testTime + 1000 } })
      assert.equal((await cohorts.get('x'))?.gone, 1)
      assert.deepEqual((await cohorts.versions('x')).items.at(-1)?.comment, undefined)
    },
  },
  {
    title: 'reopen: cohorts are still there, with all versions',
    needs: 'reopen',
    check: async ({ store, reopen }) => {
      const [a = '', b = ''] = await tracesIn(store, 2)
      const expected = payload({ when: new Date(0).toISOString() })
      await store.cohorts.create('x', { put: [{ traceId: a, expected, note: 'n' }] })
      await store.cohorts.change('x', { put: put([b]), by: 'ada' })
      const before = [await store.cohorts.get('x@1'), await store.cohorts.get('x'), await all(store, 'x')]
      const again = (await reopen?.()) as Store
      assert.deepEqual(
        [await again.cohorts.get('x@1'), await again.cohorts.get('x'), await all(again, 'x')],
        before,
      )
    },
  },
]
