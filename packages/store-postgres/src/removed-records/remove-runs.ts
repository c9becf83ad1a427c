import type { Queries } from '../database/database.ts'
import { sql } from '../database/sql.ts'
import { runIdsOf } from '../records/full-ids.ts'
import { noteChangedRuns, noteRemoved } from '../removal/removal-changes.ts'
import { noteRemovedRuns } from '../removal/removed-runs.ts'
import { removeReviewsOfRuns } from '../reviews/remove-reviews.ts'
import { keepRowsNow } from '../runs/keep-rows.ts'
import { deleteEvents } from './delete-events.ts'
import { type MovedRun, movedRuns, moveNumbers } from './move-numbers.ts'
import type { Tally } from './tally.ts'

/**
 * Removes runs completely, or everything except their numbers. Their tombstones must be known to all that write.
 *
 * @param keys values of `run_id`
 */
export async function removeRuns(
  queries: Queries,
  keys: readonly string[],
  keepsTotals: boolean,
): Promise<Partial<Tally>> {
  if (keys.length === 0) return {}
  const ids = await runIdsOf(queries, keys)
  const moved = keepsTotals ? movedRuns(ids) : []
  await addRows(
    queries,
    moved.map(({ to }) => to),
  )
  await lockRows(queries, [...keys, ...moved.map(({ to }) => to)])
  const live = await noteRemovedRuns(queries, keys, keepsTotals)
  const kept = await moveNumbers(queries, moved)
  const deleted = await deleteEvents(queries, sql`event.run_id = ANY(${keys}::text[])`)
  await removeReviewsOfRuns(queries, [...ids.values()])
  await moveRows(queries, moved)
  await queries.run(sql`DELETE FROM @runs WHERE run_id = ANY(${keys}::text[])`)
  await noteRemoved(
    queries,
    'run',
    live.map(key => ids.get(key) ?? key),
  )
  return { runs: live.length, runEvents: kept + deleted }
}

/** A late event of an erased run adds the row that is missing: from now on it waits. */
async function addRows(queries: Queries, keys: readonly string[]): Promise<void> {
  if (keys.length === 0) return
  await queries.run(
    sql`INSERT INTO @runs (run_id) SELECT unnest(${[...keys].sort()}::text[]) ON CONFLICT DO NOTHING`,
  )
}

/** Locks the rows of runs, in one order. */
export async function lockRows(queries: Queries, keys: readonly string[]): Promise<void> {
  await queries.run(
    sql`SELECT 1 FROM @runs WHERE run_id = ANY(${[...keys].sort()}::text[]) ORDER BY run_id FOR UPDATE`,
  )
}

/** Completes the rows of the kept numbers. They exist since their runs did. */
async function moveRows(queries: Queries, moved: readonly MovedRun[]): Promise<void> {
  if (moved.length === 0) return
  const to = moved.map(one => one.to)
  await queries.run(
    sql`UPDATE @runs AS kept SET created_xid = run.created_xid, created_at = run.created_at
      FROM unnest(${moved.map(one => one.key)}::text[], ${to}::text[]) AS u(run_id, kept) JOIN @runs AS run USING (run_id)
      WHERE kept.run_id = u.kept AND run.created_xid IS NOT NULL`,
  )
  await keepRowsNow(queries, to)
  await dropEmptyRows(queries, to)
  const there = await queries.rows<{ run_id: string }>(
    sql`SELECT run_id FROM @runs WHERE run_id = ANY(${to}::text[])`,
  )
  await noteChangedRuns(
    queries,
    there.map(({ run_id }) => run_id),
  )
}

/** Removes the rows of runs that have no live events any more. */
export const dropEmptyRows = (queries: Queries, keys: readonly string[]): Promise<number> =>
  queries.run(
    sql`DELETE FROM @runs AS run WHERE run_id = ANY(${keys}::text[]) AND NOT EXISTS (
      SELECT 1 FROM @run_events AS event WHERE event.run_id = run.run_id AND event.replay_trace_id = ''
    )`,
  )
