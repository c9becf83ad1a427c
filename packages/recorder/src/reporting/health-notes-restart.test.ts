import type { HealthReport, Store } from '@runtape/core/store'
import { runEvent } from '@runtape/testing'
import { expect, test } from 'vitest'
import { HealthNotes } from './health-notes.ts'

const day = 86_400_000

test('a recorder that has told everything counts as another one after a day, and not before', async () => {
  const reports: HealthReport[] = []
  let fails = false
  const report = async (given: HealthReport) => {
    if (fails) throw new Error('connection reset')
    reports.push(given)
  }
  const store = { health: { report } } as unknown as Store
  let now = 1e12
  const notes = new HealthNotes(() => now)
  const lose = async (afterMs: number) => {
    now += afterMs
    notes.count('rejected', runEvent(), 'invalid')
    await notes.tell(store, 1000)
  }
  await lose(0)
  await lose(day - 1)
  await lose(2 * day)
  fails = true
  await lose(1)
  fails = false
  // Not told yet: it must not be lost, however long ago it was.
  await lose(2 * day)
  const told = reports.map(({ reporter, counts }) => [reporter, counts[0]?.count] as const)
  expect(told.map(([, count]) => count)).toEqual([1, 2, 1, 3])
  const [a, b, c, d] = told.map(([reporter]) => reporter)
  expect([a === b, b === c, c === d]).toEqual([true, false, true])
})
