import { RuntapeError } from '@runtape/core'
import type { Queries } from '../database/database.ts'
import { raw, sql } from '../database/sql.ts'
import { keyText } from '../database/values.ts'
import { buriedAmong } from '../removal/tombstones.ts'

/**
 * The key of a test run that the store has.
 *
 * @param how `locked`: others that lock it wait until the transaction ends
 * @throws {RuntapeError} `invalid-option` if there is no such test run
 */
export async function requireTestRun(queries: Queries, testRunId: string, how?: 'locked'): Promise<string> {
  const key = keyText(testRunId)
  const lock = raw(how === 'locked' ? 'FOR UPDATE' : '')
  const found = await queries.rows(sql`SELECT 1 FROM @test_runs WHERE test_run_id = ${key} ${lock}`)
  if (found.length > 0) return key
  throw new RuntapeError(
    'invalid-option',
    `This store has no test run "${testRunId}". Pass the testRunId that testRuns.start returned.`,
  )
}

/** Whether one of the traces was removed, so that nothing about it may be written. */
export async function isErased(queries: Queries, traceIds: readonly (string | null)[]): Promise<boolean> {
  const traces = traceIds.map(traceId => ({ traceId: traceId ?? undefined }))
  const isBuried = await buriedAmong(queries, traces)
  return traces.some(isBuried)
}
