import assert from 'node:assert/strict'
import type { Budget, BudgetCrossing, Store } from '@runtape/core/store'
import { assertRefused, type StoreContractCase } from '../case.ts'
import { call, runWith } from '../runs/runs.ts'

const ann = { kind: 'user', key: 'ann' }

/** Events of a run of `ann` that started this long ago. */
function spent(nanoUsd: number | undefined, agoMs = 60_000, fields: object = {}) {
  const events = runWith({ 'call:1': call(8, 2) }, { at: Date.now() - agoMs, context: ann, ...fields })
  const cost = nanoUsd === undefined ? {} : { cost: { nanoUsd, priceList: 'test@1' } }
  return events.map(event => ({ ...event, ...cost }))
}

const budget = (fields: Partial<Budget> = {}): Budget => ({
  name: 'ann',
  measure: 'nanoUsd',
  limit: 100,
  window: '1h',
  where: { contextKey: 'ann' },
  ...fields,
})

const shown = (crossings: readonly BudgetCrossing[]) =>
  crossings.map(({ budget: { name }, level, number, used }) => `${name} ${level} #${number} at ${used}`)

const checked = async (store: Store) => shown(await store.budgets.check())

export const budgetCases: readonly StoreContractCase[] = [
  {
    title: 'budgets: are listed by name, replaced and removed',
    check: async ({ store }) => {
      const [b, a] = [budget({ name: 'b', warnAt: [0.8, 0.5] }), budget({ name: 'a', window: 'month' })]
      for (const each of [b, a, { ...a, limit: 7 }]) await store.budgets.put(each)
      assert.deepEqual(await store.budgets.list(), [
        { ...a, limit: 7 },
        { ...b, warnAt: [0.5, 0.8] },
      ])
      assert.deepEqual([await store.budgets.remove('b'), await store.budgets.remove('b')], [true, false])
      assert.deepEqual(
        (await store.budgets.state()).map(({ budget: { name } }) => name),
        ['a'],
      )
    },
  },
  {
    title: 'budgets: a bad limit, window, level or filter is refused, with its name',
    check: async ({ store }) => {
      const bad: object[] = [
        { name: '' },
        { limit: 0 },
        { limit: 1.5 },
        { measure: 'dollars' },
        { window: '5' },
        { window: '0h' },
        { window: 'year' },
        { warnAt: [1.2] },
        { warnAt: 0.8 },
        { where: { customer: 'ann' } },
        { where: { model: 5 } },
        { limits: 5 },
      ]
      for (const fields of bad)
        await assertRefused('invalid-option', () => store.budgets.put({ ...budget(), ...fields }))
      assert.deepEqual(await store.budgets.list(), [])
    },
  },
  {
    title: 'budgets: the state is what usage returns for the window',
    check: async ({ store }) => {
      await store.append([
        ...spent(5),
        ...spent(7, 30 * 60_000, { configKey: 'other' }),
        ...spent(11, 2 * 3_600_000),
        ...spent(13, 60_000, { context: { kind: 'user', key: 'bob' } }),
      ])
      const budgets = (['nanoUsd', 'tokens', 'runs'] as const).flatMap(measure => [
        budget({ name: `${measure} hour`, measure }),
        budget({ name: `${measure} day`, measure, window: '24h' }),
        budget({ name: `${measure} all`, measure, where: {}, window: '30m' }),
        budget({ name: `${measure} config`, measure, where: { contextKey: 'ann', configKey: 'other' } }),
      ])
      for (const each of budgets) await store.budgets.put(each)
      const states = await store.budgets.state()
      assert.equal(states.length, budgets.length)
      for (const {
        budget: { where, measure, limit },
        since,
        used,
        left,
      } of states) {
        const [row] = await store.runs.usage({ ...where, since })
        const known = { nanoUsd: row?.cost?.nanoUsd, tokens: row?.tokens?.total, runs: row?.runs }
        assert.deepEqual([used, left], [known[measure], limit - (used ?? 0)])
      }
      const [hour] = await store.budgets.state({ name: 'nanoUsd hour' })
      assert.deepEqual([hour?.used, hour?.level], [12, undefined])
    },
  },
  {
    title: 'budgets: a crossing is reported once, and again after the use has been below',
    check: async ({ store }) => {
      await store.budgets.put(budget({ warnAt: [0.8] }))
      assert.deepEqual(await checked(store), [])
      await store.append(spent(85))
      assert.deepEqual(await checked(store), ['ann 0.8 #1 at 85'])
      await store.append(spent(15))
      assert.deepEqual(await checked(store), ['ann 1 #1 at 100'])
      assert.deepEqual(await checked(store), [])
      // As if time had passed: the same budget with another limit.
      await store.budgets.put(budget({ limit: 101, warnAt: [0.8] }))
      assert.deepEqual(await checked(store), [])
      await store.append(spent(1))
      assert.deepEqual(await checked(store), ['ann 1 #2 at 101'])
      const told = await store.budgets.crossings({ name: 'ann' })
      assert.deepEqual(shown(told), ['ann 1 #2 at 101', 'ann 1 #1 at 100', 'ann 0.8 #1 at 85'])
      assert.deepEqual(await store.budgets.crossings({ name: 'bob' }), [])
    },
  },
  {
    title: 'budgets: late events and late prices count',
    check: async ({ store }) => {
      await store.budgets.put(budget())
      const [late] = spent(undefined)
      assert.ok(late)
      await store.append([late])
      const [state] = await store.budgets.state()
      assert.deepEqual([state?.used, state?.left, state?.unpricedRuns], [undefined, undefined, 1])
      assert.deepEqual(await checked(store), [])
      await store.append([{ ...late, cost: { nanoUsd: 60, priceList: 'test@2' } }])
      assert.equal((await store.budgets.state())[0]?.used, 60)
      await store.append([{ ...late, metric: 'call:2', cost: { nanoUsd: 50, priceList: 'test@2' } }])
      assert.deepEqual(await checked(store), ['ann 1 #1 at 110'])
    },
  },
  {
    title: 'budgets: unknown use is reported separately, never as zero',
    check: async ({ store }) => {
      await store.budgets.put(budget())
      await store.budgets.put(budget({ name: 'tokens', measure: 'tokens' }))
      await store.budgets.put(budget({ name: 'runs', measure: 'runs' }))
      const [none] = await store.budgets.state()
      assert.deepEqual([none?.used, none?.left], [0, 100])
      await store.append(
        runWith({ 'call:1': { status: 'success', durationMs: 5 } }, { at: Date.now() - 1000, context: ann }),
      )
      const unknown = await store.budgets.state()
      assert.deepEqual(
        unknown.map(({ budget: { name }, used, unknownUsageRuns }) => [name, used, unknownUsageRuns]),
        [
          ['ann', undefined, 1],
          ['runs', 1, 0],
          ['tokens', undefined, 1],
        ],
      )
      await store.append(spent(30))
      const known = await store.budgets.state()
      assert.deepEqual(
        known.map(({ used }) => used),
        [30, 2, 10],
      )
    },
  },
  {
    title: 'budgets: erasing a customer removes their budgets and crossings',
    check: async ({ store }) => {
      await store.budgets.put(budget())
      await store.budgets.put(budget({ name: 'org', where: { contextKind: 'org', contextKey: 'ann' } }))
      await store.append(spent(200))
      await store.budgets.check()
      await store.erase({ context: ann }, { dryRun: true })
      assert.equal((await store.budgets.list()).length, 2)
      await store.erase({ context: ann })
      assert.deepEqual(
        (await store.budgets.list()).map(({ name }) => name),
        ['org'],
      )
      assert.deepEqual(await store.budgets.crossings(), [])
    },
  },
  {
    title: 'budgets: erasing a customer removes the crossings of a budget that now has another customer',
    check: async ({ store }) => {
      await store.budgets.put(budget())
      await store.append(spent(200))
      assert.equal((await store.budgets.check()).length, 1)
      await store.budgets.put(budget({ where: { contextKey: 'bob' } }))
      await store.erase({ context: ann })
      assert.deepEqual(await store.budgets.crossings(), [])
      assert.equal((await store.budgets.list()).length, 1)
    },
  },
  {
    title: 'budgets: a new filter or window starts again',
    check: async ({ store }) => {
      await store.budgets.put(budget())
      await store.append(spent(200))
      assert.deepEqual(await checked(store), ['ann 1 #1 at 200'])
      await store.budgets.put(budget({ limit: 150 }))
      assert.deepEqual(await checked(store), [])
      await store.budgets.put(budget({ window: '2h' }))
      assert.deepEqual(await checked(store), ['ann 1 #2 at 200'])
    },
  },
  {
    title: 'reopen: budgets and their crossings are still there',
    needs: 'reopen',
    check: async ({ store, reopen }) => {
      await store.budgets.put(budget())
      await store.append(spent(100))
      await store.budgets.check()
      const again = await reopen?.()
      assert.ok(again)
      assert.equal((await again.budgets.list()).length, 1)
      assert.deepEqual(await checked(again), [])
      assert.deepEqual(shown(await again.budgets.crossings()), ['ann 1 #1 at 100'])
    },
  },
  {
    title: 'budgets: of several that check at the same time, exactly one gets each crossing',
    needs: 'connect',
    check: async ({ store, connect }) => {
      const second = await connect?.()
      assert.ok(second)
      try {
        for (let n = 1; n <= 20; n++) await store.budgets.put(budget({ name: `b${n}`, limit: 10 * n }))
        for (let n = 1; n <= 10; n++) {
          await store.append(spent(20))
          await Promise.all([store, second, second, store].map(each => each.budgets.check()))
        }
        const told = await store.budgets.crossings()
        assert.equal(told.length, 20)
        assert.deepEqual(new Set(told.map(({ number }) => number)), new Set([1]))
        await store.budgets.put(budget({ name: 'last' }))
        const found = await Promise.all([store, second, second, store].map(each => each.budgets.check()))
        assert.deepEqual(shown(found.flat()), ['last 1 #1 at 200'])
      } finally {
        await second.close()
      }
    },
  },
]
