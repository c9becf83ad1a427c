import type { Queries } from '../database/database.ts'
import { rowTable } from '../database/row-table.ts'
import { allOf, raw, type Sql, sql } from '../database/sql.ts'
import { now } from '../history/moment.ts'
import { receivedNow } from '../history/received-now.ts'
import { readRuns } from '../records/read-runs.ts'
import { rowColumns, runColumns, runRow } from './run-row.ts'

/**
 * Locks the rows of these runs until the transaction ends, so that only one transaction at a time changes a run.
 *
 * @param keys values of `run_id`
 * @param ofEvents those of which the batch has events. The others have only spans: these matter if no event names the trace
 * @returns the locked ones
 */
export async function lockRuns(
  queries: Queries,
  keys: readonly string[],
  ofEvents: ReadonlySet<string>,
): Promise<ReadonlySet<string>> {
  if (keys.length === 0) return new Set()
  const isNeeded = keys.every(key => ofEvents.has(key))
    ? undefined
    : sql`(is_event_trace IS NOT TRUE OR run_id = ANY(${[...ofEvents]}::text[]))`
  // In one order, so that two transactions never wait for each other.
  const rows = await queries.rows<{ run_id: string }>(
    sql`SELECT run_id FROM @runs WHERE ${allOf([sql`run_id = ANY(${keys}::text[])`, isNeeded])} ORDER BY run_id FOR UPDATE`,
  )
  return new Set(rows.map(({ run_id }) => run_id))
}

/** When the first and the last change of a run in a batch were received. */
export interface Received {
  readonly first: number
  readonly last: number
}

/** Brings the rows of locked runs up to date. */
export async function keepRows(queries: Queries, changed: ReadonlyMap<string, Received>): Promise<void> {
  if (changed.size === 0) return
  const runs = await readRuns(queries, [...changed.keys()], now)
  const rows = [...runs.values()].map(runRow)
  if (rows.length === 0) return
  const { table, names } = rowTable('u', rowColumns, rows)
  const sets = runColumns.slice(1).map(([name]) => `${name} = ${names.includes(name) ? `u.${name}` : 'NULL'}`)
  await queries.run(
    sql`UPDATE @runs AS run SET ${raw(sets.join(', '))},
      created_xid = coalesce(run.created_xid, @current_xid()), created_at = least(run.created_at, received.first_at),
      changed_xid = @current_xid(), changed_at = greatest(run.changed_at, received.last_at)
      FROM ${table} JOIN ${asTable(changed)} ON received.run_id = u.run_id WHERE run.run_id = u.run_id`,
  )
}

/** As `keepRows`, for locked runs that a removal changes. */
export async function keepRowsNow(queries: Queries, keys: readonly string[]): Promise<void> {
  if (keys.length === 0) return
  const [clock] = await queries.rows<{ at: number }>(sql`SELECT ${receivedNow} AS at`)
  const at = clock?.at ?? 0
  await keepRows(queries, new Map(keys.map(key => [key, { first: at, last: at }])))
}

/** The times as a table `received`. */
function asTable(changed: ReadonlyMap<string, Received>): Sql {
  const times = [...changed.values()]
  return sql`unnest(${[...changed.keys()]}::text[], ${times.map(({ first }) => first)}::bigint[],
    ${times.map(({ last }) => last)}::bigint[]) AS received(run_id, first_at, last_at)`
}
