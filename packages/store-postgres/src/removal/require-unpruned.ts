import { needsPerson, type PastQuery, periodPruned } from '@runtape/core/store-helpers'
import type { Queries } from '../database/database.ts'
import { allOf, raw, type Sql, sql } from '../database/sql.ts'
import type { Moment } from '../history/moment.ts'

/** @throws {RuntapeError} `period-pruned` if the answer for a past moment may lack removed runs */
export async function requireUnpruned(queries: Queries, moment: Moment, query: PastQuery): Promise<void> {
  if (moment.is === 'now') return
  const { since, until } = query
  const rows = await queries.rows(
    sql`SELECT 1 FROM @removed_runs AS removed WHERE ${allOf([
      since === undefined ? undefined : sql`until >= ${since}`,
      until === undefined ? undefined : sql`since < ${until}`,
      needsPerson(query) ? undefined : raw('NOT keeps_totals'),
      isLacking(moment),
    ])} LIMIT 1`,
  )
  if (rows.length > 0) throw periodPruned()
}

/**
 * Whether a bill as of the moment had one of the runs, and has it no more. If a row stands for several runs or removals,
 * some revisions during their transactions are refused, too.
 */
function isLacking(moment: Exclude<Moment, { is: 'now' }>): Sql {
  if (moment.is === 'time') return sql`first_received_at <= ${moment.at} AND received_at > ${moment.at}`
  const snapshot = sql`${moment.snapshot}::pg_snapshot`
  return sql`first_xid < pg_snapshot_xmax(${snapshot}) AND CASE WHEN is_merged
    THEN xid >= pg_snapshot_xmin(${snapshot}) ELSE NOT pg_visible_in_snapshot(xid, ${snapshot}) END`
}
