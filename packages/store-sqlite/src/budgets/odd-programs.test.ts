import { DatabaseSync } from 'node:sqlite'
import type { Budget, Store } from '@runtape/core/store'
import { runEvent } from '@runtape/testing'
import { expect, test, vi } from 'vitest'
import { Database } from '../database/database.ts'
import { sqliteStore } from '../sqlite-store.ts'
import { tellCrossings } from './crossings.ts'

const oneRunOf = (store: Store, key: string) =>
  store.append([runEvent({ at: Date.now() - 1000, context: { kind: 'user', key } })])

const budgetOf = (name: string, fields: Partial<Budget> = {}): Budget => ({
  name,
  measure: 'runs',
  limit: 5,
  window: '1h',
  where: { contextKey: name },
  ...fields,
})

test('a clock that jumps delays no crossing for longer than the next run', async () => {
  const handle = new DatabaseSync(':memory:')
  const store = sqliteStore(handle)
  await store.budgets.put(budgetOf('ann', { limit: 1 }))
  await oneRunOf(store, 'ann')
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
  await oneRunOf(store, 'ann')
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
