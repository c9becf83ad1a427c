import type { TraceQuery } from '@runtape/core/store'
import type { Checked } from '@runtape/core/store-helpers'
import { allOf, raw, type Sql, sql } from '../database/sql.ts'
import { keyText } from '../database/values.ts'
import { isReceived, type Moment } from '../history/moment.ts'

type Query = Checked<TraceQuery>

const equal = (column: string, value: string | undefined): Sql | undefined =>
  value === undefined ? undefined : sql`root.${raw(column)} = ${keyText(value)}`

/** The conditions of a query on the row of a root, apart from those of `where`. */
export const rootConditions = (query: Query, moment: Moment): Sql =>
  allOf([
    raw('root.parent_span_id IS NULL'),
    query.testRunId === undefined ? raw('root.test_run_id IS NULL') : equal('test_run_id', query.testRunId),
    equal('key', query.key),
    equal('status', query.status),
    equal('session_id', query.sessionId),
    query.tag === undefined ? undefined : sql`root.tags @> ARRAY[${keyText(query.tag)}::text]`,
    query.since === undefined ? undefined : sql`root.started_at >= ${query.since}`,
    query.until === undefined ? undefined : sql`root.started_at < ${query.until}`,
    query.minDurationMs === undefined ? undefined : sql`root.duration_ms >= ${query.minDurationMs}`,
    isReceived(moment, 'root'),
    isFirstRoot(moment),
    hasRun(query, moment),
  ])

const isFirstRoot = (moment: Moment): Sql =>
  sql`NOT EXISTS (
    SELECT 1 FROM @spans AS earlier
    WHERE earlier.trace_id = root.trace_id AND earlier.parent_span_id IS NULL
      AND (earlier.started_at, earlier.span_id) < (root.started_at, root.span_id) AND ${isReceived(moment, 'earlier')})`

/** One run of the trace has the outcome, the feedback and the id. */
function hasRun({ runId, outcome, feedback, testRunId }: Query, moment: Moment): Sql | undefined {
  if (runId === undefined && outcome === undefined && feedback === undefined) return undefined
  // The runs of a replay are those recorded in it. Live runs with the same id do not count.
  const isReplay = testRunId !== undefined
  const has = (metric: string, status: string | undefined) =>
    status === undefined
      ? undefined
      : sql`EXISTS (
          SELECT 1 FROM @run_events AS event
          WHERE event.run_id = run.run_id AND event.metric = ${metric} AND event.status = ${status}
            AND event.replay_trace_id = ${isReplay ? sql`root.trace_id` : ''} AND ${isReceived(moment, 'event')})`
  const isMeant = allOf([
    runId === undefined ? undefined : sql`run.run_id = ${keyText(runId)}`,
    has('outcome', outcome),
    has('feedback', feedback),
  ])
  const exists = sql`EXISTS (SELECT 1 FROM (${runsOfRoot(isReplay, moment)}) AS run WHERE ${isMeant})`
  return isReplay ? exists : allOf([narrowed(runId, feedback), exists])
}

const runsOfRoot = (isReplay: boolean, moment: Moment): Sql => {
  const isOfRoot = isReplay
    ? raw(`event.replay_trace_id = root.trace_id AND event.replay_trace_id <> ''`)
    : raw(`event.trace_id = root.trace_id AND event.replay_trace_id = ''`)
  return sql`SELECT run_id FROM @run_events AS event WHERE ${isOfRoot} AND ${isReceived(moment, 'event')}
    UNION SELECT run_id FROM @spans AS span
      WHERE span.trace_id = root.trace_id AND run_id IS NOT NULL AND ${isReceived(moment, 'span')}`
}

/** A run has few traces, and feedback is rare: only the traces of those runs are read. This finds some too many. */
function narrowed(runId: string | undefined, feedback: string | undefined): Sql | undefined {
  const runs =
    runId !== undefined
      ? sql`SELECT ${keyText(runId)}::text`
      : feedback !== undefined
        ? sql`SELECT run_id FROM @runs WHERE feedback = ${feedback} AND feedback <> 'none'`
        : undefined
  return (
    runs &&
    sql`root.trace_id IN (
      SELECT trace_id FROM @run_events WHERE replay_trace_id = '' AND trace_id IS NOT NULL AND run_id IN (${runs})
      UNION SELECT trace_id FROM @spans WHERE run_id IN (${runs}))`
  )
}
