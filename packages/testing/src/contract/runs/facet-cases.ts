import assert from 'node:assert/strict'
import type { FacetField, FacetQuery, Store } from '@runtape/core/store'
import { testTime } from '../../records.ts'
import { assertRefused, type StoreContractCase } from '../case.ts'
import { call, runWith } from './runs.ts'

const failed = (message: string, name = 'Error') => ({
  outcome: { status: 'error', error: { name, message } } as const,
})

async function counted(store: Store, query: FacetQuery): Promise<string[]> {
  const { values, others } = await store.runs.facets(query)
  const more = others ? [`${others.values} others ${others.runs}`] : []
  return [...values.map(({ value, runs }) => `${value} ${runs}`), ...more]
}

export const facetCases: readonly StoreContractCase[] = [
  {
    title: 'facets: values have run counts, highest first, then by text',
    check: async ({ store }) => {
      const runs = ['b', 'a', 'c', 'c', ''].flatMap(key => {
        const context = key === '' ? undefined : { kind: 'user', key }
        return runWith(
          { duration: 1, outcome: { status: 'success' } },
          { context, variationKey: key, version: 2 },
        )
      })
      await store.append(runs)
      assert.deepEqual(await counted(store, { field: 'contextKey' }), ['c 2', 'a 1', 'b 1'])
      assert.deepEqual(await counted(store, { field: 'variation' }), ['c 2', 'a 1', 'b 1'])
      assert.deepEqual(await counted(store, { field: 'version' }), ['2 5'])
      const others: Partial<Record<FacetField, string>> = {
        config: 'support-answer 5',
        model: 'test-model 5',
        provider: 'test-provider 5',
        contextKind: 'user 4',
      }
      for (const [field, first] of Object.entries(others))
        assert.deepEqual(await counted(store, { field: field as FacetField }), [first])
    },
  },
  {
    title: 'facets: values beyond the limit are counted together',
    check: async ({ store }) => {
      const keys = [...'aaabbcdd']
      await store.append(keys.flatMap(configKey => runWith({ duration: 1 }, { configKey })))
      assert.deepEqual(await counted(store, { field: 'config', limit: 2 }), ['a 3', 'b 2', '2 others 3'])
      assert.deepEqual(await counted(store, { field: 'config', limit: 4 }), ['a 3', 'b 2', 'd 2', 'c 1'])
      const many = Array.from({ length: 21 }, (_, index) =>
        runWith({ duration: 1 }, { configKey: `x${index}` }),
      )
      await store.append(many.flat())
      assert.equal((await store.runs.facets({ field: 'config' })).values.length, 20)
    },
  },
  {
    title: 'facets: errors are counted by message, or else by name; feedback by comment',
    check: async ({ store }) => {
      await store.append([
        ...runWith(failed('late')),
        ...runWith(failed('late')),
        ...runWith(failed('', 'AbortError')),
        ...runWith({ outcome: { status: 'error' } }),
        ...runWith({
          outcome: { status: 'success' },
          feedback: { kind: 'negative', comment: 'Falsch: \u{1F600}' },
        }),
        ...runWith({ feedback: { kind: 'negative' } }),
        ...runWith({ feedback: { kind: 'positive', comment: '' } }),
      ])
      assert.deepEqual(await counted(store, { field: 'error' }), ['late 2', 'AbortError 1'])
      assert.deepEqual(await counted(store, { field: 'comment' }), ['Falsch: \u{1F600} 1'])
      assert.deepEqual(await counted(store, { field: 'error', outcome: 'success' }), [])
    },
  },
  {
    title: 'facets: a run counts under the same model as in usage',
    check: async ({ store }) => {
      await store.append(
        runWith({ 'call:1': { ...call(1, 1), model: 'm1' }, 'call:2': { ...call(1, 1), model: 'm2' } }),
      )
      assert.deepEqual(await counted(store, { field: 'model' }), ['m1 1'])
      assert.deepEqual(await counted(store, { field: 'model', model: 'm2' }), [])
    },
  },
  {
    title: 'facets: count the filtered runs, now and as of a revision, and never replays',
    check: async ({ store }) => {
      const [first, second] = [runWith(failed('one')), runWith(failed('two'), { configKey: 'b' })]
      await store.append([...first, ...second])
      const asOf = await store.revision()
      const replay = { testRunId: 't1', traceId: 'a'.repeat(32) }
      await store.append([...runWith(failed('three')), ...runWith(failed('four'), { replay })])
      assert.deepEqual(await counted(store, { field: 'error' }), ['one 1', 'three 1', 'two 1'])
      assert.deepEqual(await counted(store, { field: 'error', asOf }), ['one 1', 'two 1'])
      assert.deepEqual(await counted(store, { field: 'error', asOf, configKey: 'b' }), ['two 1'])
      assert.deepEqual(await counted(store, { field: 'error', until: testTime }), [])
    },
  },
  {
    title: 'facets: erased texts are gone, and a revision that had them is refused',
    check: async ({ store }) => {
      const [run] = [runWith({ ...failed('secret'), duration: 1 })]
      await store.append(run)
      const asOf = await store.revision()
      await store.erase({ runId: run[0]?.runId ?? '' }, { keepTotals: true })
      assert.deepEqual(await counted(store, { field: 'error' }), [])
      assert.deepEqual(await counted(store, { field: 'config', asOf }), ['support-answer 1'])
      await assertRefused('period-pruned', () => store.runs.facets({ field: 'error', asOf }))
    },
  },
  {
    title: 'facets: an invalid query is refused',
    check: async ({ store }) => {
      const refused: unknown[] = [
        {},
        { field: 'day' },
        { field: 'error', limit: 0 },
        { field: 'error', sort: 'time' },
      ]
      for (const query of refused)
        await assertRefused('invalid-option', () => store.runs.facets(query as FacetQuery))
    },
  },
]
