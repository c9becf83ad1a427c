import { type Condition, matches } from '@runtape/core/filter'
import type { ListedRun } from '@runtape/core/store'
import { listedRun, type RootFacts, rootFacts, runOfEvents } from '@runtape/core/store-helpers'
import type { Queries } from '../database/database.ts'
import { sql } from '../database/sql.ts'
import { factsOfTraces } from '../filtering/facts-of-traces.ts'
import { isReceived, type Moment } from '../history/moment.ts'
import { type EventRow, eventOfRow } from '../records/event-rows.ts'
import { readRuns, selectEvents } from '../records/read-runs.ts'

/** Which roots match, and as of when. */
export interface Matching {
  readonly where: readonly Condition[]
  readonly isReplay: boolean
  readonly moment: Moment
}

/** The roots that match together with one of their runs, or by themselves if they have none. */
export async function matchingRoots<Root extends RootFacts>(
  queries: Queries,
  roots: readonly Root[],
  { where, isReplay, moment }: Matching,
): Promise<Root[]> {
  const ids = roots.map(({ traceId }) => traceId)
  const runs = await (isReplay ? replayedRuns : liveRuns)(queries, ids, moment)
  const subjects = ids.flatMap(traceId => [
    { traceId },
    ...(runs.get(traceId) ?? []).map(({ runId }) => ({ runId, traceId })),
  ])
  const factsOf = await factsOfTraces(queries, subjects, where, moment)
  return roots.filter(root => {
    const { traceId } = root
    const isMatch = (run: ListedRun | undefined) =>
      matches(where, rootFacts(root, factsOf({ traceId, runId: run?.runId }), run))
    const own = runs.get(traceId) ?? []
    return own.length === 0 ? isMatch(undefined) : own.some(isMatch)
  })
}

export type RunsByTrace = ReadonlyMap<string, readonly ListedRun[]>

/** The runs with a live event or span in a trace, by trace. */
export async function liveRuns(
  queries: Queries,
  ids: readonly string[],
  moment: Moment,
): Promise<RunsByTrace> {
  const pairs = await queries.rows<{ trace_id: string; run_id: string }>(
    sql`SELECT trace_id, run_id FROM @run_events AS event
      WHERE trace_id = ANY(${ids}::text[]) AND replay_trace_id = '' AND ${isReceived(moment, 'event')}
      UNION SELECT trace_id, run_id FROM @spans AS span
      WHERE trace_id = ANY(${ids}::text[]) AND run_id IS NOT NULL AND ${isReceived(moment, 'span')}`,
  )
  const runs = await readRuns(queries, [...new Set(pairs.map(({ run_id }) => run_id))], moment)
  const listed = new Map([...runs].map(([key, run]) => [key, listedRun(run)]))
  const byTrace = Map.groupBy(pairs, ({ trace_id }) => trace_id)
  return new Map([...byTrace].map(([id, own]) => [id, own.flatMap(({ run_id }) => listed.get(run_id) ?? [])]))
}

/** The runs that a replay recorded in its trace. */
async function replayedRuns(queries: Queries, ids: readonly string[], moment: Moment): Promise<RunsByTrace> {
  const rows = await queries.rows<EventRow & { replay_trace_id: string }>(
    sql`${selectEvents(moment)} WHERE event.replay_trace_id = ANY(${ids}::text[]) AND event.replay_trace_id <> ''
      AND ${isReceived(moment, 'event')} ORDER BY event.id`,
  )
  const runsIn = (own: readonly EventRow[]) =>
    [...Map.groupBy(own, row => row.run_id).values()].flatMap(events => {
      const run = runOfEvents(events.map(eventOfRow))
      return run ? [listedRun(run)] : []
    })
  return new Map([...Map.groupBy(rows, row => row.replay_trace_id)].map(([id, own]) => [id, runsIn(own)]))
}
