import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Budget, Store } from '@runtape/core/store'
import { memoryStore, runEvent } from '@runtape/testing'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { scratchDirectory } from '../../test/scratch.ts'
import { Database } from '../database/database.ts'
import { sqliteStore } from '../sqlite-store.ts'
import { tellCrossings } from './crossings.ts'

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

const runsOf = (store: Store, key: string, count: number, fields = {}) =>
  store.append(
    Array.from({ length: count }, (_, n) =>
      runEvent({ runId: `${key}/${n}`, at: Date.now() - 1000, context: { kind: 'user', key }, ...fields }),
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

const stores: readonly [string, () => Store][] = [
  ['memory', () => memoryStore()],
  ['SQLite', () => sqliteStore(join(scratchDirectory(), 'runtape.db'), { worker: false })],
]

function opened(open: () => Store): Store {
  const store = open()
  onTestFinished(() => store.close())
  return store
}

describe.each(stores)('in %s', (_name, open) => {
  test('budgets of customers with odd ids count their own runs, cross once and are erased alone', async () => {
    const store = opened(open)
    for (const [n, key] of oddKeys.entries()) {
      await store.budgets.put(budgetOf(key || 'empty', { where: { contextKey: key }, limit: 3 }))
      await runsOf(store, key, n + 1)
    }
    const used = async () =>
      Object.fromEntries(
        (await store.budgets.state()).map(state => [`of ${state.budget.where?.contextKey}`, state.used]),
      )
    const expected = Object.fromEntries(oddKeys.map((key, n) => [`of ${key}`, n + 1]))
    expect(await used()).toEqual(expected)
    const crossed = (await store.budgets.check()).map(({ budget }) => budget.where?.contextKey)
    expect(crossed.sort()).toEqual(oddKeys.slice(2).sort())
    expect(await store.budgets.check()).toEqual([])
    for (const key of ['__proto__', 'a\0b', '\ud800']) {
      await store.erase({ context: { kind: 'user', key } })
      delete expected[`of ${key}`]
      expect(await used()).toEqual(expected)
      expect((await store.budgets.crossings()).some(({ budget }) => budget.name === key)).toBe(false)
    }
  })

  test('with an unpriced run, a budget is not known to be below its limit, and a level is not left', async () => {
    const store = opened(open)
    await store.budgets.put(budgetOf('ann', { measure: 'nanoUsd', limit: 100, warnAt: [0.5] }))
    const call = (runId: string, nanoUsd?: number) =>
      runEvent({
        runId,
        metric: 'call:1',
        at: Date.now() - 1000,
        context: { kind: 'user', key: 'ann' },
        value: { status: 'success', durationMs: 5, usage: { input: 1, output: 1, total: 2 } },
        ...(nanoUsd !== undefined && { cost: { nanoUsd, priceList: 'test@1' } }),
      })
    const state = async () => {
      const [{ used, left, level, unpricedRuns } = {} as never] = await store.budgets.state()
      return { used, left, level, unpricedRuns }
    }
    const told = async () => (await store.budgets.check()).map(({ level, number }) => `${level} #${number}`)
    await store.append([call('a', 60)])
    expect(await state()).toEqual({ used: 60, left: 40, level: 0.5, unpricedRuns: 0 })
    expect(await told()).toEqual(['0.5 #1'])
    await store.append([call('b')])
    expect(await state()).toEqual({ used: 60, left: undefined, level: 0.5, unpricedRuns: 1 })
    await store.erase({ runId: 'a' })
    expect(await state()).toEqual({ used: undefined, left: undefined, level: undefined, unpricedRuns: 1 })
    await store.append([call('c', 10)])
    expect(await state()).toEqual({ used: 10, left: undefined, level: undefined, unpricedRuns: 1 })
    expect(await told()).toEqual([])
    // The late price shows that the use was never below the warning.
    await store.append([call('b', 50)])
    expect(await state()).toEqual({ used: 60, left: 40, level: 0.5, unpricedRuns: 0 })
    expect(await told()).toEqual([])
    await store.append([call('d', 60), call('e')])
    expect(await state()).toEqual({ used: 120, left: -20, level: 1, unpricedRuns: 1 })
    expect(await told()).toEqual(['1 #1'])
  })
})

test('a clock that jumps delays no crossing for longer than the next run', async () => {
  const handle = new DatabaseSync(':memory:')
  const store = sqliteStore(handle)
  await store.budgets.put(budgetOf('ann', { limit: 1 }))
  await runsOf(store, 'ann', 1)
  const [state] = await store.budgets.state()
  const reached = state as NonNullable<typeof state>
  const [database, now] = [new Database(handle, 'test'), Date.now()]
  const at = (eventId: number, time: number, used: number) =>
    tellCrossings(database, {
      states: [{ ...reached, used, left: 1 - used }],
      revision: { eventId, priceId: 0 },
      at: time,
    }).length
  expect(at(1, now, 1)).toBe(1)
  // A year ahead, the window is empty. Back again, the same run is not told again, but the next one is.
  expect(at(1, now + 3e10, 0)).toBe(0)
  expect(at(1, now + 5, 1)).toBe(0)
  expect(at(2, now + 10, 1)).toBe(1)
  // Ten years back: the time of the last check is later.
  expect(at(2, now - 3e11, 1)).toBe(0)
  expect(at(3, now - 3e11, 1)).toBe(0)
  await store.close()
})

test('if a later part of a check fails, what was told is returned, and the next check tells the rest', async () => {
  const handle = new DatabaseSync(':memory:')
  const store = sqliteStore(handle)
  for (let n = 0; n < 100; n++)
    await store.budgets.put(budgetOf(`b${String(n).padStart(3, '0')}`, { limit: 1, where: {} }))
  await runsOf(store, 'ann', 1)
  handle.exec(
    "CREATE TRIGGER full BEFORE INSERT ON budget_crossings WHEN NEW.name = 'b050' BEGIN SELECT raise(ABORT, 'full'); END",
  )
  const first = await store.budgets.check()
  expect(first).toHaveLength(32)
  await expect(store.budgets.check()).rejects.toThrow('full')
  handle.exec('DROP TRIGGER full')
  const rest = await store.budgets.check()
  expect(new Set([...first, ...rest].map(({ budget }) => budget.name)).size).toBe(100)
  await store.close()
})

vi.setConfig({ testTimeout: 30_000 })
