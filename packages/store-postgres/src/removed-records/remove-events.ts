import type { Queries } from '../database/database.ts'
import { sql } from '../database/sql.ts'
import { now } from '../history/moment.ts'
import type { EventRow } from '../records/event-rows.ts'
import { selectEvents } from '../records/read-runs.ts'
import { noteChangedRuns } from '../removal/removal-changes.ts'
import { noteRemovedRuns } from '../removal/removed-runs.ts'
import { keepRowsNow } from '../runs/keep-rows.ts'
import { deleteEvents } from './delete-events.ts'
import { keepNumbers } from './move-numbers.ts'
import { dropEmptyRows, lockRows } from './remove-runs.ts'
import type { Tally } from './tally.ts'

interface StoredRow extends EventRow {
  readonly id: number
  readonly replay_trace_id: string
}

/** Removes single events: of replays, or what a person said about the run of another, which stays. */
export async function removeEvents(
  queries: Queries,
  ids: readonly number[],
  keepsTotals: boolean,
): Promise<Partial<Tally>> {
  if (ids.length === 0) return {}
  await lockRows(queries, await runsOf(queries, ids))
  const rows = await queries.rows<StoredRow>(
    sql`${selectEvents(now)} WHERE event.id = ANY(${ids}::bigint[]) ORDER BY event.id`,
  )
  const live = rows.filter(row => row.replay_trace_id === '')
  const runs = await noteRemovedRuns(queries, [...new Set(live.map(row => row.run_id))], keepsTotals)
  const kept = keepsTotals ? await keepNumbers(queries, live, ({ runId }) => runId) : new Set()
  const others = rows.flatMap(({ id }) => (kept.has(id) ? [] : [id]))
  const deleted = await deleteEvents(queries, sql`event.id = ANY(${others}::bigint[])`)
  await keepRowsNow(queries, runs)
  await dropEmptyRows(queries, runs)
  await noteChangedRuns(queries, runs)
  return { runEvents: kept.size + deleted }
}

async function runsOf(queries: Queries, ids: readonly number[]): Promise<string[]> {
  const rows = await queries.rows<{ run_id: string }>(
    sql`SELECT DISTINCT run_id FROM @run_events WHERE id = ANY(${ids}::bigint[]) AND replay_trace_id = ''`,
  )
  return rows.map(({ run_id }) => run_id)
}
