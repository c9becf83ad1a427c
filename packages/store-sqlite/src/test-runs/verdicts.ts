import { realNow } from '@runtape/core/internal'
import type { RecordedVerdict, Store, Verdict } from '@runtape/core/store'
import {
  readVerdict,
  readVerdictQuery,
  readVerdictTrace,
  readWithdrawal,
  standingVerdicts,
} from '@runtape/core/store-helpers'
import type { Database } from '../database/database.ts'
import { nextChange } from '../history/next-change.ts'
import { isErased } from './erased-items.ts'
import { requireTestRun } from './known-test-run.ts'
import { changeAt } from './known-then.ts'

interface VerdictRow {
  readonly id: number
  readonly trace_id: string
  readonly pass: number
  readonly by: string | null
  readonly comment: string | null
  readonly at: number | null
  readonly withdrawn_change_id: number | null
  readonly withdrawn_at: number | null
  readonly withdrawn_by: string | null
}

type VerdictQueries = Pick<Store['testRuns'], 'putVerdict' | 'withdrawVerdict' | 'verdicts'>

/** The part of `testRuns` for verdicts. */
export const verdictQueries = (database: Database): VerdictQueries => ({
  putVerdict: async (testRunId, traceId, given) => {
    const verdict = readVerdict(given)
    readVerdictTrace(traceId)
    database.transaction(() => {
      requireTestRun(database, testRunId)
      // A comment may quote the erased trace.
      if (!isErased(database, traceId)) insertVerdict(database, testRunId, traceId, verdict)
    })
  },
  withdrawVerdict: async (testRunId, traceId, given) => {
    const { by } = readWithdrawal(given)
    return database.transaction(() => {
      requireTestRun(database, testRunId)
      return withdraw(database, testRunId, traceId, by)
    })
  },
  verdicts: async (testRunId, given) => {
    const { traceId, asOf } = readVerdictQuery(given)
    requireTestRun(database, testRunId)
    const history = verdictHistory(database, testRunId, changeAt(database, asOf))
    return traceId === undefined ? history : history.filter(verdict => verdict.traceId === traceId)
  },
})

function insertVerdict(database: Database, testRunId: string, traceId: string, verdict: Verdict): void {
  const { pass, by, comment } = verdict
  database.run(
    `INSERT INTO verdict_history (change_id, test_run_id, trace_id, pass, by, comment, at)
     VALUES (?, ?, ?, ?, ?, ?, ?)`,
    nextChange(database, { kind: 'verdict', id: testRunId }),
    testRunId,
    traceId,
    Number(pass),
    by ?? null,
    comment ?? null,
    realNow(),
  )
}

function withdraw(database: Database, testRunId: string, traceId: string, by: string | undefined): boolean {
  const standing = database.all<VerdictRow>(
    `SELECT * FROM verdict_history WHERE test_run_id = ? AND trace_id = ? AND withdrawn_change_id IS NULL
     ORDER BY id DESC`,
    testRunId,
    traceId,
  )
  const newest = standing.find(verdict => by === undefined || verdict.by === by)
  if (!newest) return false
  database.run(
    'UPDATE verdict_history SET withdrawn_change_id = ?, withdrawn_at = ?, withdrawn_by = ? WHERE id = ?',
    nextChange(database, { kind: 'verdict', id: testRunId }),
    realNow(),
    by ?? null,
    newest.id,
  )
  return true
}

/** All verdicts of a test run as known after a change, in order. */
function verdictHistory(database: Database, testRunId: string, changeId: number): RecordedVerdict[] {
  const rows = database.all<VerdictRow>(
    'SELECT * FROM verdict_history WHERE test_run_id = ? AND change_id <= ? ORDER BY id',
    testRunId,
    changeId,
  )
  return rows.map(row => verdictOfRow(row, changeId))
}

/** The verdict that counts for each trace of a test run, as known after a change. */
export const verdictsOf = (
  database: Database,
  testRunId: string,
  changeId: number,
): Record<string, Verdict> => standingVerdicts(verdictHistory(database, testRunId, changeId))

function verdictOfRow(row: VerdictRow, changeId: number): RecordedVerdict {
  const { trace_id, pass, by, comment, at, withdrawn_change_id, withdrawn_at, withdrawn_by } = row
  const isWithdrawn = withdrawn_change_id !== null && withdrawn_change_id <= changeId
  const who = withdrawn_by === null ? {} : { by: withdrawn_by }
  return {
    pass: pass === 1,
    ...(by !== null && { by }),
    ...(comment !== null && { comment }),
    ...(at !== null && { at }),
    traceId: trace_id,
    ...(isWithdrawn && { withdrawn: { at: withdrawn_at ?? 0, ...who } }),
  }
}
