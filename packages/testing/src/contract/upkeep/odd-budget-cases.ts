import assert from 'node:assert/strict'
import type { Budget, Store } from '@runtape/core/store'
import { runEvent } from '../../records.ts'
import type { StoreContractCase } from '../case.ts'
import { call } from '../runs/runs.ts'

const oddKeys = [
  '',
  ' ',
  'ann',
  'Ann',
  'ann ',
  "o'Brien; DROP TABLE budgets",
  '"quoted"',
  '%',
  '*',
  '__proto__',
  'constructor',
  '💥',
  'a\0b',
  '\ud800',
  '\uffff"x"',
  'é',
  'é'.normalize('NFD'),
  'x'.repeat(5000),
]

const runsOf = (store: Store, key: string, count: number) =>
  store.append(
    Array.from({ length: count }, (_, n) =>
      runEvent({ runId: `${key}/${n}`, at: Date.now() - 1000, context: { kind: 'user', key } }),
    ),
  )

const budgetOf = (name: string, fields: Partial<Budget> = {}): Budget => ({
  name,
  measure: 'runs',
  limit: 5,
  window: '1h',
  where: { contextKey: name },
  ...fields,
})

/** A call of `ann`, whose price is unknown without `nanoUsd`. */
const callOf = (runId: string, nanoUsd?: number) =>
  runEvent({
    runId,
    metric: 'call:1',
    at: Date.now() - 1000,
    context: { kind: 'user', key: 'ann' },
    value: call(1, 1),
    ...(nanoUsd !== undefined && { cost: { nanoUsd, priceList: 'test@1' } }),
  })

const told = async (store: Store) =>
  (await store.budgets.check()).map(({ level, number }) => `${level} #${number}`)

/** By customer. A prefix, because `__proto__` is no name of a field. */
const usedBy = async (store: Store) =>
  Object.fromEntries(
    (await store.budgets.state()).map(({ budget, used }) => [`of ${budget.where?.contextKey}`, used]),
  )

/** A budget for each customer, of whom the first has one run, the second two, and so on. */
async function putOddBudgets(store: Store): Promise<Record<string, number>> {
  for (const [n, key] of oddKeys.entries()) {
    await store.budgets.put(budgetOf(key || 'empty', { where: { contextKey: key }, limit: 3 }))
    await runsOf(store, key, n + 1)
  }
  return Object.fromEntries(oddKeys.map((key, n) => [`of ${key}`, n + 1]))
}

export const oddBudgetCases: readonly StoreContractCase[] = [
  {
    title: 'budgets: of customers with odd ids count their own runs, cross once and are erased alone',
    check: async ({ store }) => {
      const expected = await putOddBudgets(store)
      assert.deepEqual(await usedBy(store), expected)
      const crossed = (await store.budgets.check()).map(({ budget }) => budget.where?.contextKey)
      assert.deepEqual(crossed.sort(), oddKeys.slice(2).sort())
      assert.deepEqual(await store.budgets.check(), [])
      for (const key of ['__proto__', 'a\0b', '\ud800']) {
        await store.erase({ context: { kind: 'user', key } })
        delete expected[`of ${key}`]
        assert.deepEqual(await usedBy(store), expected)
        assert.ok((await store.budgets.crossings()).every(({ budget }) => budget.name !== key))
      }
    },
  },
  {
    title: 'budgets: with an unpriced run, none is known to be below its limit, and no level is left',
    check: async ({ store }) => {
      await store.budgets.put(budgetOf('ann', { measure: 'nanoUsd', limit: 100, warnAt: [0.5] }))
      const state = async () => {
        const [{ used, left, level, unpricedRuns } = {} as never] = await store.budgets.state()
        return { used, left, level, unpricedRuns }
      }
      await store.append([callOf('a', 60)])
      assert.deepEqual(await state(), { used: 60, left: 40, level: 0.5, unpricedRuns: 0 })
      assert.deepEqual(await told(store), ['0.5 #1'])
      await store.append([callOf('b')])
      assert.deepEqual(await state(), { used: 60, left: undefined, level: 0.5, unpricedRuns: 1 })
      await store.erase({ runId: 'a' })
      assert.deepEqual(await state(), { used: undefined, left: undefined, level: undefined, unpricedRuns: 1 })
      await store.append([callOf('c', 10)])
      assert.deepEqual(await state(), { used: 10, left: undefined, level: undefined, unpricedRuns: 1 })
      assert.deepEqual(await told(store), [])
      // The late price shows that the use was never below the warning.
      await store.append([callOf('b', 50)])
      assert.deepEqual(await state(), { used: 60, left: 40, level: 0.5, unpricedRuns: 0 })
      assert.deepEqual(await told(store), [])
      await store.append([callOf('d', 60), callOf('e')])
      assert.deepEqual(await state(), { used: 120, left: -20, level: 1, unpricedRuns: 1 })
      assert.deepEqual(await told(store), ['1 #1'])
    },
  },
  {
    title: 'budgets: a warning that is removed and added again is reported again; one that stays is not',
    check: async ({ store }) => {
      const put = (...warnAt: number[]) => store.budgets.put(budgetOf('ann', { warnAt, limit: 10 }))
      await put(0.2, 0.5)
      await runsOf(store, 'ann', 6)
      assert.deepEqual(await told(store), ['0.2 #1', '0.5 #1'])
      await put(0.5)
      await put(0.2, 0.5)
      assert.deepEqual(await told(store), ['0.2 #2'])
      await store.budgets.put(budgetOf('ann', { warnAt: [0.2, 0.5], limit: 6 }))
      assert.deepEqual(await told(store), ['1 #1'])
    },
  },
  {
    title: 'budgets: a crossing of a limit that changes meanwhile has the limit that stands',
    check: async ({ store }) => {
      await store.budgets.put(budgetOf('ann', { limit: 3 }))
      await runsOf(store, 'ann', 3)
      const [found] = await Promise.all([
        store.budgets.check(),
        store.budgets.put(budgetOf('ann', { limit: 100 })),
        store.budgets.put(budgetOf('ann', { limit: 2 })),
      ])
      const crossings = [...found, ...(await store.budgets.check())]
      // A store with several connections may put the two in either order.
      const [standing] = await store.budgets.list()
      if (standing?.limit === 2) assert.equal(crossings.length, 1)
      else assert.deepEqual(crossings, found)
      assert.deepEqual(await store.budgets.check(), [])
    },
  },
]
