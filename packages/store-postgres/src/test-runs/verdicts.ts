import type { RecordedVerdict, Store, Verdict } from '@runtape/core/store'
import { readVerdict, readVerdictQuery, readVerdictTrace, readWithdrawal } from '@runtape/core/store-helpers'
import { noteChange } from '../changes/note-change.ts'
import type { Database, Queries } from '../database/database.ts'
import { sql } from '../database/sql.ts'
import { keyText } from '../database/values.ts'
import { isMarked, isReceived, type Moment, momentOf } from '../history/moment.ts'
import { receivedNow } from '../history/received-now.ts'
import { isErased, requireTestRun } from './known-test-run.ts'

interface VerdictRow {
  readonly test_run_id: string
  readonly received_at: number
  readonly verdict: string
  readonly withdrawn_at: number | null
  readonly withdrawn_by: string | null
}

type VerdictQueries = Pick<Store['testRuns'], 'putVerdict' | 'withdrawVerdict' | 'verdicts'>

/** The part of `testRuns` for verdicts. */
export const verdictQueries = (database: Database): VerdictQueries => ({
  putVerdict: async (testRunId, traceId, given) => {
    const verdict = { ...readVerdict(given), traceId: readVerdictTrace(traceId) }
    await database.write(queries => putVerdict(queries, testRunId, verdict), ['append', 'shared'])
  },
  withdrawVerdict: async (testRunId, traceId, given) => {
    const { by } = readWithdrawal(given)
    return database.write(queries => withdraw(queries, testRunId, traceId, by), ['append', 'shared'])
  },
  verdicts: async (testRunId, given) => {
    const { traceId, asOf } = readVerdictQuery(given)
    const moment = await momentOf(database, asOf)
    return database.read(async queries => {
      const key = await requireTestRun(queries, testRunId)
      const history = (await verdictHistories(queries, [key], moment)).get(key) ?? []
      return traceId === undefined ? history : history.filter(verdict => verdict.traceId === traceId)
    })
  },
})

async function putVerdict(
  queries: Queries,
  testRunId: string,
  verdict: Verdict & { readonly traceId: string },
): Promise<void> {
  const key = await requireTestRun(queries, testRunId)
  // A comment may quote the erased trace.
  if (await isErased(queries, [verdict.traceId])) return
  await queries.run(
    sql`INSERT INTO @verdicts (id, received_at, test_run_id, trace_id, verdict)
      VALUES (nextval('@ids'), ${receivedNow}, ${key}, ${keyText(verdict.traceId)}, ${JSON.stringify(verdict)})`,
  )
  await noteChange(queries, 'verdict', testRunId)
}

async function withdraw(
  queries: Queries,
  testRunId: string,
  traceId: string,
  by: string | undefined,
): Promise<boolean> {
  // Two that withdraw at the same time take two verdicts.
  const key = await requireTestRun(queries, testRunId, 'locked')
  const standing = await queries.rows<{ id: number; verdict: string }>(
    sql`SELECT id, verdict FROM @verdicts
      WHERE test_run_id = ${key} AND trace_id = ${keyText(traceId)} AND withdrawn_xid IS NULL ORDER BY id DESC`,
  )
  const newest = standing.find(
    ({ verdict }) => by === undefined || (JSON.parse(verdict) as Verdict).by === by,
  )
  if (!newest) return false
  await queries.run(
    sql`UPDATE @verdicts SET withdrawn_xid = @current_xid(), withdrawn_received_at = ${receivedNow},
      withdrawn_by = ${by} WHERE id = ${newest.id}`,
  )
  await noteChange(queries, 'verdict', testRunId)
  return true
}

/** All verdicts of test runs as known at a moment, in order, by the key of the test run. */
export async function verdictHistories(
  queries: Queries,
  keys: readonly string[],
  moment: Moment,
): Promise<Map<string, RecordedVerdict[]>> {
  const rows = await queries.rows<VerdictRow>(
    sql`SELECT test_run_id, received_at, verdict,
        CASE WHEN ${isMarked(moment, 'one', 'withdrawn')} THEN withdrawn_received_at END AS withdrawn_at, withdrawn_by
      FROM @verdicts AS one WHERE test_run_id = ANY(${keys}::text[]) AND ${isReceived(moment, 'one')} ORDER BY id`,
  )
  const histories = Map.groupBy(rows, ({ test_run_id }) => test_run_id)
  return new Map([...histories].map(([key, history]) => [key, history.map(verdictOfRow)]))
}

function verdictOfRow({ received_at, verdict, withdrawn_at, withdrawn_by }: VerdictRow): RecordedVerdict {
  const who = withdrawn_by === null ? {} : { by: withdrawn_by }
  return {
    ...(JSON.parse(verdict) as RecordedVerdict),
    at: received_at,
    ...(withdrawn_at !== null && { withdrawn: { at: withdrawn_at, ...who } }),
  }
}
