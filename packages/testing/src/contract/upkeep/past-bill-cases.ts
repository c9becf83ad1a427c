import assert from 'node:assert/strict'
import { runEvent, testTime } from '../../records.ts'
import { assertRefused, type StoreContractCase } from '../case.ts'
import { day, subject, totalOf } from './removed-runs.ts'

/** What removals mean for bills as of a revision. */
export const pastBillCases: readonly StoreContractCase[] = [
  {
    title: 'prune, erase: usage as of a revision is refused if it covers removed records, else unchanged',
    check: async ({ store }) => {
      const [old, young] = [subject('tom', testTime - day), subject('bob', testTime)]
      const empty = await store.revision()
      await store.append([...old.all, ...young.all])
      const [asOf, since] = [await store.revision(), testTime]
      const bill = await store.runs.usage({ since, asOf, groupBy: ['day'] })
      await store.prune({ runs: { before: testTime } })
      for (const adjustments of [false, true])
        await assertRefused('period-pruned', () => store.runs.usage({ asOf, adjustments }))
      await assertRefused('period-pruned', () => store.runs.usage({ asOf, until: testTime }))
      assert.deepEqual(await store.runs.usage({ since, asOf, groupBy: ['day'] }), bill)
      assert.equal((await store.runs.usage({ asOf: empty }))[0]?.runs, 0)
      await store.erase({ runId: young.runId })
      await assertRefused('period-pruned', () => store.runs.usage({ since, asOf }))
      assert.equal((await totalOf(store))?.runs, 0)
    },
  },
  {
    title:
      'erase: a past bill of a day in which the run then was is refused, though it later belonged to another day',
    check: async ({ store }) => {
      const said = runEvent({ metric: 'feedback', value: { kind: 'negative' }, at: testTime - 9 * day })
      await store.append([said])
      const asOf = await store.revision()
      // Of a run, the first event that is no feedback decides.
      await store.append([runEvent({ runId: said.runId, at: testTime })])
      const query = { since: said.at, until: said.at + day, asOf }
      assert.equal((await store.runs.usage(query))[0]?.runs, 1)
      await store.erase({ runId: said.runId })
      await assertRefused('period-pruned', () => store.runs.usage(query))
    },
  },
  {
    title: 'prune, erase: usage and facets as of a revision or a time after the removal are those of now',
    check: async ({ store }) => {
      for (const keepTotals of [false, true]) {
        const [tomKey, bobKey] = [`tom-${keepTotals}`, `bob-${keepTotals}`]
        const [tom, bob] = [subject(tomKey, testTime - day), subject(bobKey, testTime - day)]
        await store.append([...tom.all, ...bob.all])
        const before = await store.revision()
        await store.erase({ runId: tom.runId }, { keepTotals })
        const after = await store.revision()
        const queries = [{}, { contextKey: bobKey }, { where: `user:${bobKey}` }] as const
        for (const query of queries.slice(keepTotals ? 1 : 0))
          await assertRefused('period-pruned', () => store.runs.usage({ ...query, asOf: before }))
        for (const asOf of [after, Date.now() + 1000])
          for (const query of queries)
            assert.deepEqual(await store.runs.usage({ ...query, asOf }), await store.runs.usage(query))
        const facets = { field: 'contextKey' } as const
        assert.deepEqual(await store.runs.facets({ ...facets, asOf: after }), await store.runs.facets(facets))
        // A later removal concerns this revision again.
        await store.prune({ runs: { before: testTime } })
        await assertRefused('period-pruned', () => store.runs.usage({ asOf: after }))
        assert.deepEqual(await store.runs.usage({ asOf: await store.revision() }), await store.runs.usage())
      }
    },
  },
]
