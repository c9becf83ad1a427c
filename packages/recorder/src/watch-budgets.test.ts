import type { BudgetCrossing, Store } from '@runtape/core/store'
import { memoryStore, runEvent } from '@runtape/testing'
import { expect, test, vi } from 'vitest'
import { watchBudgets } from './watch-budgets.ts'

const budget = { name: 'b', measure: 'runs', limit: 2, window: '1h', warnAt: [0.5] } as const
const loggerOf = (warnings: string[]) => ({
  warn: (message: string) => void warnings.push(message),
})

test('each crossing reaches one of the watchers, once', async () => {
  const store = memoryStore()
  await store.budgets.put(budget)
  const found: string[] = []
  const note = ({ budget: { name }, level }: BudgetCrossing) => void found.push(`${name} ${level}`)
  const stops = [1, 2, 3].map(() => watchBudgets(store, note, { everyMs: 2 }))
  await store.append([runEvent({ at: Date.now() })])
  await vi.waitFor(() => expect(found).toEqual(['b 0.5']))
  await store.append([runEvent({ at: Date.now() })])
  await vi.waitFor(() => expect(found).toEqual(['b 0.5', 'b 1']))
  for (const stop of stops) await stop()
  await store.budgets.put({ ...budget, name: 'c' })
  await new Promise(resolve => setTimeout(resolve, 20))
  expect(found).toHaveLength(2)
})

test('a failing callback or check is warned about once, and the next check tries again', async () => {
  const store = memoryStore()
  await store.budgets.put(budget)
  await store.append([runEvent({ at: Date.now() }), runEvent({ runId: 'b', at: Date.now() })])
  let [checks, calls] = [0, 0]
  const flaky = {
    budgets: {
      ...store.budgets,
      check: async () => {
        if (++checks < 4) throw new Error('locked')
        return store.budgets.check()
      },
    },
  } as Pick<Store, 'budgets'>
  const warnings: string[] = []
  const stop = watchBudgets(
    flaky,
    () => {
      calls++
      throw new Error('mail failed')
    },
    { everyMs: 1, logger: loggerOf(warnings) },
  )
  await vi.waitFor(() => expect(calls).toBe(2))
  await stop()
  expect(warnings).toEqual([
    'Budgets could not be checked: locked',
    'The callback of watchBudgets failed: mail failed',
  ])
})

test('a store without budgets and a bad interval are refused', () => {
  expect(() => watchBudgets({} as Store, () => {})).toThrow('watchBudgets needs a store with budgets')
  for (const everyMs of [0, -1, Number.NaN, 2 ** 31])
    expect(() => watchBudgets(memoryStore(), () => {}, { everyMs })).toThrow('everyMs must be')
})
