import { type Condition, matches } from '@runtape/core/filter'
import type { ListedRun, TraceQuery } from '@runtape/core/store'
import { type Checked, listedRun, type RootFacts, rootFacts, runOfEvents } from '@runtape/core/store-helpers'
import type { Database } from '../database/database.ts'
import type { Sliced } from '../reading/in-slices.ts'
import { type EventRow, eventOfRow } from '../records/event-rows.ts'
import { type Known, runsWithIds } from '../records/runs-with-ids.ts'
import { factsOfTraces, needsOf, noFacts, reviewsOf } from './facts-of-traces.ts'

/** A root, as lists read it. */
export interface RootRow {
  readonly trace_id: string
  readonly duration_ms: number
  readonly status: RootFacts['status']
  readonly error_name: string | null
  readonly error_message: string | null
}

/** Number of traces whose runs are read in one step. */
export const tracesAtOnce = 32

type RunsOf = (traceId: string) => readonly ListedRun[]

interface MatchQuery extends Pick<Checked<TraceQuery>, 'where' | 'testRunId'> {
  readonly revision: Known
}

/** The roots that match together with one of their runs, or by themselves if they have none. */
export function* matchingTraces<Row extends RootRow>(
  database: Database,
  rows: readonly Row[],
  { where = [], testRunId, revision }: MatchQuery,
): Sliced<Row[]> {
  if (where.length === 0) return [...rows]
  const ids = rows.map(({ trace_id }) => trace_id)
  const needs = needsOf(where)
  const facts = yield* factsOfTraces(database, ids, needs, revision.spanId)
  const runsOf =
    testRunId === undefined ? liveRuns(database, ids, revision) : replayedRuns(database, ids, revision)
  const reviewable = ids.flatMap(traceId => [{ traceId }, ...runsOf(traceId).map(({ runId }) => ({ runId }))])
  const isReviewed = reviewsOf(database, reviewable, needs)
  return rows.filter(row => {
    const runs = runsOf(row.trace_id)
    const traceId = row.trace_id
    const trace = facts.get(traceId) ?? noFacts
    const isMatch = (run: ListedRun | undefined) => {
      const seen = isReviewed(run ? { runId: run.runId, traceId } : { traceId })
      return matches(where, rootFacts(rootOf(row), { ...trace, isReviewed: seen }, run))
    }
    return runs.length === 0 ? isMatch(undefined) : runs.some(isMatch)
  })
}

const rootOf = (row: RootRow): RootFacts => ({
  traceId: row.trace_id,
  status: row.status,
  durationMs: row.duration_ms,
  error: { name: row.error_name ?? '', message: row.error_message ?? '' },
})

function liveRuns(database: Database, traceIds: readonly string[], revision: Known): RunsOf {
  const ids = JSON.stringify(traceIds)
  const pairs = database.all<{ trace_id: string; run_id: string }>(
    `SELECT trace_id, run_id FROM run_events
       WHERE trace_id IN (SELECT value FROM json_each(?)) AND replay_trace_id = '' AND id <= ?
     UNION SELECT trace_id, run_id FROM span_rows
       WHERE trace_id IN (SELECT value FROM json_each(?)) AND run_id IS NOT NULL AND id <= ?`,
    ids,
    revision.eventId,
    ids,
    revision.spanId,
  )
  const all = runsWithIds(database, [...new Set(pairs.map(({ run_id }) => run_id))], revision)
  const runs = new Map(all.map(run => [run.runId, listedRun(run)]))
  const byTrace = Map.groupBy(pairs, ({ trace_id }) => trace_id)
  return traceId => (byTrace.get(traceId) ?? []).flatMap(({ run_id }) => runs.get(run_id) ?? [])
}

/** The runs that a replay recorded in its trace. */
function replayedRuns(database: Database, traceIds: readonly string[], { eventId }: Known): RunsOf {
  const rows = database.all<EventRow & { replay_trace_id: string }>(
    `SELECT * FROM run_events WHERE replay_trace_id IN (SELECT value FROM json_each(?)) AND replay_trace_id <> '' AND id <= ?
     ORDER BY id`,
    JSON.stringify(traceIds),
    eventId,
  )
  const byTrace = Map.groupBy(rows, row => row.replay_trace_id)
  return traceId =>
    [...Map.groupBy(byTrace.get(traceId) ?? [], row => row.run_id).values()].flatMap(own => {
      const run = runOfEvents(own.map(eventOfRow))
      return run ? [listedRun(run)] : []
    })
}

/** Values in a filter that indexes can look up. */
export interface Named {
  readonly traceId?: string
  readonly cohort?: string
}

/** Adds the parts of the filter that indexes can answer to the query. */
export function narrowed(query: Checked<TraceQuery>): Checked<TraceQuery> & Named {
  const { where = [] } = query
  const [feedback, runId, sessionId, tag, traceId, cohort] = [
    'feedback',
    'run',
    'session',
    'tag',
    'trace',
    'cohort',
  ].map(field => oneValue(where, field))
  return {
    ...(isKind(feedback) && { feedback }),
    ...(runId !== undefined && { runId }),
    ...(sessionId !== undefined && { sessionId }),
    ...(tag !== undefined && { tag }),
    ...(traceId !== undefined && { traceId }),
    ...(cohort !== undefined && { cohort }),
    ...query,
  }
}

const isKind = (text: string | undefined): text is 'positive' | 'negative' =>
  text === 'positive' || text === 'negative'

function oneValue(where: readonly Condition[], field: string): string | undefined {
  for (const condition of where) {
    if (condition.kind !== 'matches' || condition.field !== field || condition.isNegated) continue
    const [[text, ...more] = [], ...others] = condition.patterns
    if (more.length + others.length === 0) return text
  }
  return undefined
}
