import { RuntapeError } from '@runtape/core'
import type { Database } from '../database/database.ts'

/** @throws {RuntapeError} `invalid-option` if there is no such test run */
export function requireTestRun(database: Database, testRunId: string): void {
  if (database.get('SELECT 1 FROM test_runs WHERE test_run_id = ?', testRunId) !== undefined) return
  throw new RuntapeError(
    'invalid-option',
    `The store ${database.name} has no test run "${testRunId}". Pass the testRunId that testRuns.start returned.`,
  )
}
