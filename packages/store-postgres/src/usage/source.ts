import type { RunFilter } from '@runtape/core/store'
import type { Checked } from '@runtape/core/store-helpers'
import type { Queries } from '../database/database.ts'
import { rowTable } from '../database/row-table.ts'
import { allOf, joined, raw, type Sql, sql } from '../database/sql.ts'
import { isDecidedByRows, runConditions } from '../filtering/run-conditions.ts'
import type { Moment } from '../history/moment.ts'
import { type RunRow, rowColumns, runColumns } from '../runs/run-row.ts'
import { changedRuns, isUnchanged, matchingRuns, rowsOf } from '../runs/runs-at.ts'

/** The runs that pass a filter at a moment. */
export interface RunSource {
  /** The table of runs is searched for them. */
  readonly readsTable: boolean
  /** Those that a condition on the table cannot find, because they have changed since or `where` needs their trace. */
  readonly others: readonly RunRow[]
}

export async function runSource(
  queries: Queries,
  query: Checked<RunFilter>,
  moment: Moment,
): Promise<RunSource> {
  const readsTable = isDecidedByRows(query)
  const find = readsTable ? changedRuns : matchingRuns
  return { readsTable, others: rowsOf(await find(queries, query, moment)) }
}

/**
 * The runs as a table `run` with the columns of `runs`.
 *
 * @param within a condition on those in the table
 */
export function sourceTable(
  { readsTable, others }: RunSource,
  query: Checked<RunFilter>,
  moment: Moment,
  within?: Sql,
): Sql {
  const kept = sql`SELECT ${names} FROM @runs AS run WHERE ${allOf([runConditions(query), isUnchanged(moment), within])}`
  const tables = [
    ...(readsTable ? [kept] : []),
    ...(others.length > 0 || !readsTable ? [givenTable(others)] : []),
  ]
  return sql`(${joined(tables, ' UNION ALL ')}) AS run`
}

const names = raw(runColumns.map(([name]) => name).join(', '))

function givenTable(rows: readonly RunRow[]): Sql {
  const { table, names: given } = rowTable('u', rowColumns, rows)
  const values = runColumns.map(([name, type]) => (given.includes(name) ? name : `NULL::${type} AS ${name}`))
  return sql`SELECT ${raw(values.join(', '))} FROM ${table}`
}
