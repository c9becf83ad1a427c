import type { Store, TestRun } from '@runtape/core/store'
import { Misuse } from '../arguments/usage-error.ts'
import { idRule, mayBeStart, mostRecent, wholeId } from './whole-id.ts'

/**
 * @param testRunId the id of a test run, or the start of that of a recent one
 * @throws {Misuse} if the store has no such test run, or several
 */
export async function requireTestRun(store: Store, testRunId: string): Promise<TestRun> {
  const testRun = (await store.testRuns.get(testRunId)) ?? (await startingWith(store, testRunId))
  if (testRun) return testRun
  throw new Misuse(
    `The store has no test run "${testRunId}". "runtape replay" prints the id at its end; tape files keep no test runs. ${idRule}`,
  )
}

async function startingWith(store: Store, start: string): Promise<TestRun | undefined> {
  if (!mayBeStart(start)) return undefined
  const { items } = await store.testRuns.list({ limit: mostRecent })
  const id = wholeId(
    start,
    items.map(({ testRunId }) => testRunId),
    'test runs',
  )
  return items.find(({ testRunId }) => testRunId === id)
}
