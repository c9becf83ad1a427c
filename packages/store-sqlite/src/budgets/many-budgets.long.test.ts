import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setImmediate } from 'node:timers/promises'
import type { Budget } from '@runtape/core/store'
import { runEvent } from '@runtape/testing'
import { expect, onTestFinished, test } from 'vitest'
import { scratchDirectory } from '../../test/scratch.ts'
import { sqliteStore } from '../sqlite-store.ts'

const budgetOf = (name: string, fields: Partial<Budget> = {}): Budget => ({
  name,
  measure: 'runs',
  limit: 1,
  window: '1h',
  where: { contextKey: name },
  ...fields,
})

test('a budget per customer for ten thousand customers is put and checked in short turns', async () => {
  const path = join(scratchDirectory(), 'runtape.db')
  const [store, other] = [sqliteStore(path, { worker: false }), sqliteStore(path, { worker: false })]
  onTestFinished(async () => void (await Promise.all([store.close(), other.close()])))
  const file = new DatabaseSync(path)
  const customers = Array.from({ length: 10_000 }, (_, n) => `customer-${n}`)
  file.exec('BEGIN')
  const insert = file.prepare('INSERT INTO budgets (name, budget_json) VALUES (?, ?)')
  for (const name of customers) insert.run(name, JSON.stringify(budgetOf(name)))
  file.exec('COMMIT')
  file.close()
  const before = process.cpuUsage().user
  for (const name of customers.slice(0, 100)) await store.budgets.put(budgetOf(name, { warnAt: [0.5] }))
  // Reading all budgets for each would take seconds.
  expect(process.cpuUsage().user - before).toBeLessThan(1_000_000)
  await store.append(
    customers.map(key => runEvent({ runId: key, at: Date.now() - 1000, context: { kind: 'user', key } })),
  )
  let [turns, isOver] = [0, false]
  const ticking = (async () => {
    for (; !isOver; turns++) await setImmediate()
  })()
  const both = await Promise.all([store.budgets.check(), other.budgets.check()])
  isOver = true
  await ticking
  expect(both.flat()).toHaveLength(10_100)
  expect(new Set(both.flat().map(({ budget, level }) => `${budget.name} ${level}`)).size).toBe(10_100)
  expect(turns).toBeGreaterThan(300)
  expect((await Promise.all([store.budgets.check(), other.budgets.check()])).flat()).toEqual([])
}, 120_000)
