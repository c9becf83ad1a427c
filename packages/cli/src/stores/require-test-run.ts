import type { Store, TestRun } from '@runtape/core/store'
import { Misuse } from '../arguments/usage-error.ts'

/** @throws {Misuse} if the store has no such test run */
export async function requireTestRun(store: Store, testRunId: string): Promise<TestRun> {
  const testRun = await store.testRuns.get(testRunId)
  if (testRun) return testRun
  throw new Misuse(
    `The store has no test run "${testRunId}". "runtape replay" prints the id at its end; ids must be complete. Tape files keep no test runs.`,
  )
}
