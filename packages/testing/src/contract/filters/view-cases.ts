import assert from 'node:assert/strict'
import type { Store } from '@runtape/core/store'
import { runEvent } from '../../records.ts'
import { assertRefused, type StoreContractCase } from '../case.ts'

const thumbs = {
  name: 'Daumen runter / 不満',
  filter: 'feedback:negative since:7d "late order"',
  settings: { period: '7d', sort: 'cost', columns: ['asked', 'cost'] },
  by: 'ann',
}

const names = async (store: Store) => (await store.views.list()).map(({ name }) => name)

export const viewCases: readonly StoreContractCase[] = [
  {
    title: 'views: a saved view is returned as it was saved, with its time and version',
    check: async ({ store }) => {
      const saved = await store.views.put(thumbs)
      const { at, version, ...same } = saved
      assert.deepEqual(same, thumbs)
      assert.ok(at > 0 && Number.isSafeInteger(version) && version >= 1)
      assert.deepEqual(await store.views.get(thumbs.name), saved)
      await store.views.put({ name: 'b', filter: '' })
      await store.views.put({ name: 'a', filter: '-cost:unknown' })
      assert.deepEqual(await names(store), ['a', 'b', thumbs.name].sort())
      assert.equal(await store.views.get('none'), undefined)
    },
  },
  {
    title: 'views: a writer that has not read the current version is refused, and changes nothing',
    check: async ({ store }) => {
      const first = await store.views.put(thumbs)
      await assertRefused('version-conflict', () => store.views.put({ ...thumbs, filter: 'status:error' }))
      const second = await store.views.put({ ...thumbs, filter: 'status:error', version: first.version })
      assert.ok(second.version > first.version)
      const late = { ...thumbs, filter: 'cost>1', version: first.version }
      await assertRefused('version-conflict', () => store.views.put(late))
      await assertRefused('version-conflict', () => store.views.remove(thumbs.name, first.version))
      assert.deepEqual(await store.views.get(thumbs.name), second)
      assert.deepEqual(await store.views.put({ ...thumbs, filter: 'status:error' }), second)
    },
  },
  {
    title: 'views: a removed view does not come back by a writer that had read it',
    check: async ({ store }) => {
      const { version } = await store.views.put(thumbs)
      assert.equal(await store.views.remove(thumbs.name), true)
      assert.equal(await store.views.remove(thumbs.name), false)
      await assertRefused('version-conflict', () => store.views.put({ ...thumbs, filter: 'cost>1', version }))
      const again = await store.views.put(thumbs)
      assert.ok(again.version > version)
      await assertRefused('version-conflict', () => store.views.put({ ...thumbs, filter: 'cost>1', version }))
    },
  },
  {
    title: 'views: an invalid view is refused',
    check: async ({ store }) => {
      const { put } = store.views
      for (const name of ['', ' a', 'a\nb', 'x'.repeat(101), '\u0007'])
        await assertRefused('invalid-option', async () => put({ name, filter: '' }))
      for (const filter of ['colour:red', 'cost>', 5 as never])
        await assertRefused('invalid-option', async () => put({ name: 'a', filter }))
      for (const settings of [[] as never, { text: 'x'.repeat(5000) }, 'x' as never])
        await assertRefused('invalid-option', async () => put({ name: 'a', filter: '', settings }))
      await assertRefused('invalid-option', async () => put({ name: 'a', filter: '', colour: 1 } as never))
      await assertRefused('invalid-option', async () => put({ name: 'a', filter: '', version: 0 }))
      assert.deepEqual(await names(store), [])
    },
  },
  {
    title: 'views: erasing a person, a run or a session removes the views that name it',
    check: async ({ store }) => {
      await store.append([runEvent({ runId: 'r1', context: { kind: 'user', key: 'ann' } })])
      const filters = [
        'user:ann cost>1',
        '-context.key:bob,ann',
        'ann',
        'user:anna',
        'run:r1',
        'session:s1',
        'tag:ann',
      ]
      for (const filter of filters) await store.views.put({ name: filter, filter })
      const context = { kind: 'user', key: 'ann' }
      await store.erase({ context }, { dryRun: true })
      assert.equal((await names(store)).length, filters.length)
      await store.erase({ context })
      assert.deepEqual(await names(store), ['run:r1', 'session:s1', 'tag:ann', 'user:anna'])
      await store.erase({ runId: 'r1' })
      await store.erase({ sessionId: 's1' })
      assert.deepEqual(await names(store), ['tag:ann', 'user:anna'])
    },
  },
  {
    title: 'reopen: saved views are still there',
    needs: 'reopen',
    check: async ({ store, reopen }) => {
      const saved = await store.views.put(thumbs)
      const reopened = (await reopen?.()) as Store
      assert.deepEqual(await reopened.views.list(), [saved])
    },
  },
  {
    title: 'views: of two connections that save at once, one is refused',
    needs: 'connect',
    check: async ({ store, connect }) => {
      const other = (await connect?.()) as Store
      const { version } = await store.views.put(thumbs)
      const saves = [store, other].map((each, index) =>
        each.views.put({ ...thumbs, filter: `cost>${index}`, version }),
      )
      const results = await Promise.allSettled(saves)
      assert.deepEqual(results.map(({ status }) => status).sort(), ['fulfilled', 'rejected'])
      assert.deepEqual(await store.views.list(), await other.views.list())
    },
  },
]
