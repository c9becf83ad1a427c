import type { RunFilter } from '@runtape/core/store'
import type { Checked } from '@runtape/core/store-helpers'
import type { Queries } from '../database/database.ts'
import { allOf, joined, raw, type Sql, sql } from '../database/sql.ts'
import { isDecidedByRows, runConditions } from '../filtering/run-conditions.ts'
import type { Moment } from '../history/moment.ts'
import { rowsAsTable } from '../runs/keep-rows.ts'
import { runColumns } from '../runs/run-row.ts'
import { changedRuns, isUnchanged, matchingRuns, rowsOf } from '../runs/runs-at.ts'

/**
 * The runs that pass a filter at a moment, as a table `run` with the columns of `runs`. Those that a condition on the table
 * cannot find, because they have changed since or `where` needs their trace, are passed as parameters.
 */
export async function runSource(queries: Queries, query: Checked<RunFilter>, moment: Moment): Promise<Sql> {
  const names = raw(runColumns.map(([name]) => name).join(', '))
  if (!isDecidedByRows(query)) {
    const rows = rowsOf(await matchingRuns(queries, query, moment))
    return sql`(SELECT ${names} FROM ${rowsAsTable(rows)}) AS run`
  }
  const kept = sql`SELECT ${names} FROM @runs AS run WHERE ${allOf([runConditions(query), isUnchanged(moment)])}`
  const rows = rowsOf(await changedRuns(queries, query, moment))
  const all = rows.length === 0 ? [kept] : [kept, sql`SELECT ${names} FROM ${rowsAsTable(rows)}`]
  return sql`(${joined(all, ' UNION ALL ')}) AS run`
}
