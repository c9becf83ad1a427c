import type { Metric } from '@runtape/core'
import { countedAt, isOfRunItself } from '@runtape/core/store-helpers'
import type { Queries } from '../database/database.ts'
import { sql } from '../database/sql.ts'
import { receivedNow } from '../history/received-now.ts'

interface RunRow {
  readonly run_id: string
  readonly first_at: number
  readonly created_xid: string
  readonly created_at: number
}

interface EventTime {
  readonly run_id: string
  readonly metric: Metric
  readonly at: number
  readonly received_at: number
}

interface Range extends Omit<RunRow, 'run_id' | 'first_at'> {
  readonly day: number
  readonly since: number
  readonly until: number
}

const dayMs = 86_400_000

/**
 * Notes that bills as of earlier moments lack these runs, or some of their events, from now on. Call it before removing
 * them, in the same transaction.
 *
 * @returns the keys of those that have live events
 */
export async function noteRemovedRuns(
  queries: Queries,
  keys: readonly string[],
  keepsTotals: boolean,
): Promise<string[]> {
  const runs = await queries.rows<RunRow>(
    sql`SELECT run_id, first_at, created_xid::text, created_at FROM @runs
      WHERE run_id = ANY(${keys}::text[]) AND first_at IS NOT NULL`,
  )
  const times = await queries.rows<EventTime>(
    sql`SELECT run_id, metric, at, received_at FROM @run_events
      WHERE run_id = ANY(${keys}::text[]) AND replay_trace_id = '' ORDER BY id`,
  )
  const byRun = Map.groupBy(times, ({ run_id }) => run_id)
  const ranges = runs.map(run => rangeOf(run, byRun.get(run.run_id) ?? []))
  await insert(queries, mergedByDay(ranges), keepsTotals)
  return runs.map(({ run_id }) => run_id)
}

/** All times that the run has had: each event may have changed it. */
function rangeOf({ first_at, created_xid, created_at }: RunRow, events: readonly EventTime[]): Range {
  let [since, until, own, said] = [first_at, first_at, Infinity, Infinity]
  for (const { metric, at, received_at } of events) {
    const counted = countedAt(at, received_at)
    if (isOfRunItself(metric)) own = Math.min(own, counted)
    else said = Math.min(said, counted)
    const time = own < Infinity ? own : said
    since = Math.min(since, time)
    until = Math.max(until, time)
  }
  return { day: Math.floor(first_at / dayMs), since, until, created_xid, created_at }
}

const mergedByDay = (ranges: readonly Range[]): Range[] =>
  [...Map.groupBy(ranges, ({ day }) => day).values()].map(([first, ...others]) =>
    others.reduce(
      (all, next) => ({
        day: all.day,
        since: Math.min(all.since, next.since),
        until: Math.max(all.until, next.until),
        created_xid: BigInt(next.created_xid) < BigInt(all.created_xid) ? next.created_xid : all.created_xid,
        created_at: Math.min(all.created_at, next.created_at),
      }),
      first as Range,
    ),
  )

async function insert(queries: Queries, ranges: readonly Range[], keepsTotals: boolean): Promise<void> {
  if (ranges.length === 0) return
  const of = (name: keyof Range) => ranges.map(range => range[name])
  await queries.run(
    sql`INSERT INTO @removed_runs AS known (
        received_at, keeps_totals, day, since, until, first_xid, first_received_at
      )
      SELECT ${receivedNow}, ${keepsTotals}::boolean, day, since, until, first_xid::xid8, first_received_at
      FROM unnest(${of('day')}::bigint[], ${of('since')}::float8[], ${of('until')}::float8[], ${of('created_xid')}::text[],
        ${of('created_at')}::bigint[]) AS given(day, since, until, first_xid, first_received_at)
      ON CONFLICT (day, keeps_totals, xid) DO UPDATE SET received_at = greatest(known.received_at, excluded.received_at),
        since = least(known.since, excluded.since), until = greatest(known.until, excluded.until),
        first_xid = least(known.first_xid, excluded.first_xid),
        first_received_at = least(known.first_received_at, excluded.first_received_at)`,
  )
}

/** Merges the rows of each day that every later revision has seen. There are at most a few for each day then. */
export const mergeRemovedRuns = (queries: Queries): Promise<number> =>
  queries.run(
    sql`WITH old AS (
        DELETE FROM @removed_runs WHERE xid < pg_snapshot_xmin(@current_snapshot()) AND (day, keeps_totals) IN (
          SELECT day, keeps_totals FROM @removed_runs
          WHERE xid < pg_snapshot_xmin(@current_snapshot()) GROUP BY day, keeps_totals HAVING count(*) > 1
        ) RETURNING *
      )
      INSERT INTO @removed_runs (
        xid, received_at, day, keeps_totals, since, until, first_xid, first_received_at, is_merged
      )
      SELECT max(xid::text::numeric)::text::xid8, max(received_at), day, keeps_totals, min(since), max(until),
        min(first_xid::text::numeric)::text::xid8, min(first_received_at), true
      FROM old GROUP BY day, keeps_totals`,
  )
