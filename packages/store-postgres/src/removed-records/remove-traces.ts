import { releaseBlobs } from '../blobs/unused.ts'
import { forgetInCohorts } from '../cohorts/forget-traces.ts'
import type { Queries } from '../database/database.ts'
import { sql } from '../database/sql.ts'
import { traceIdsOf } from '../records/full-ids.ts'
import { noteRemoved } from '../removal/removal-changes.ts'
import { removeReviewsOfTraces } from '../reviews/remove-reviews.ts'
import { keepRowsNow } from '../runs/keep-rows.ts'
import { forgetTexts } from '../searched-texts/forget-texts.ts'
import { removeItemsOf } from '../test-runs/remove-items.ts'
import { deleteEvents } from './delete-events.ts'
import { lockRows } from './remove-runs.ts'
import type { Tally } from './tally.ts'

/**
 * Removes traces completely: their spans, payloads, items and verdicts, and the events that a replay recorded in them. Their
 * tombstones must be known to all that write.
 *
 * @param keys of the traces
 */
export async function removeTraces(queries: Queries, keys: readonly string[]): Promise<Partial<Tally>> {
  if (keys.length === 0) return {}
  const runs = await tracedRuns(queries, keys)
  await lockRows(queries, runs)
  const [gone] = await queries.rows<{ traces: number; spans: number; roots: string[] | null }>(
    sql`WITH gone AS (DELETE FROM @spans WHERE trace_id = ANY(${keys}::text[]) RETURNING trace_id, id, parent_span_id)
      SELECT count(DISTINCT trace_id) AS traces, count(*) AS spans,
        array_agg(id) FILTER (WHERE parent_span_id IS NULL) AS roots FROM gone`,
  )
  await forgetTexts(queries, (gone?.roots ?? []).map(Number))
  await queries.run(sql`DELETE FROM @payloads WHERE trace_id = ANY(${keys}::text[])`)
  await releaseBlobs(queries, keys)
  const runEvents = await deleteEvents(
    queries,
    sql`event.replay_trace_id <> '' AND event.replay_trace_id = ANY(${keys}::text[])`,
  )
  await removeItemsOf(queries, keys)
  await forgetInCohorts(queries, keys)
  await removeReviewsOfTraces(queries, keys)
  await keepRowsNow(queries, runs)
  await noteRemoved(queries, 'trace', [...(await traceIdsOf(queries, keys)).values()])
  return { traces: gone?.traces ?? 0, spans: gone?.spans ?? 0, runEvents }
}

/** The runs whose trace is known from its spans only. */
async function tracedRuns(queries: Queries, keys: readonly string[]): Promise<string[]> {
  const rows = await queries.rows<{ run_id: string }>(
    sql`SELECT run_id FROM @runs WHERE trace_id = ANY(${keys}::text[]) AND NOT is_event_trace`,
  )
  return rows.map(({ run_id }) => run_id)
}
