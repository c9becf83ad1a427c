import type { TraceQuery } from '@runtape/core/store'
import { type Checked, encodeText } from '@runtape/core/store-helpers'
import { Conditions } from '../database/conditions.ts'
import type { Database } from '../database/database.ts'
import type { Named } from '../filtering/matching-traces.ts'
import type { Revision } from '../history/revisions.ts'
import type { CursorPlace } from './cursors.ts'

/** Which roots are read, and in which order. */
export type RootQuery = Checked<TraceQuery> &
  Named & {
    readonly revision: Revision
    /** Oldest first: the order in which a page is read backwards. */
    readonly isAscending: boolean
  }

/** The place where reading continues. */
export interface RootPlace extends CursorPlace {
  /** Whether the root at this place is read too. */
  readonly isInclusive: boolean
}

export function rootOrder({ isAscending }: RootQuery): string {
  const order = isAscending ? 'ASC' : 'DESC'
  return `ORDER BY root.started_at ${order}, root.trace_id ${order}`
}

/** The conditions that an index can serve in order. */
export function rootConditions(query: RootQuery, after: RootPlace | undefined): Conditions {
  const where = new Conditions().add('root.parent_span_id IS NULL')
  if (query.testRunId === undefined) where.add('root.test_run_id IS NULL')
  else where.add('root.test_run_id = ?', query.testRunId)
  where
    .addIf('root.trace_id = ?', query.traceId)
    .addIf('root.key = ?', query.key)
    .addIf('root.started_at >= ?', query.since)
    .addIf('root.started_at < ?', query.until)
    // The plus sign keeps SQLite from reading all rows by their ids, to sort them afterwards.
    .add('+root.id <= ?', query.revision.spanId)
  if (after) {
    const comes = `${query.isAscending ? '>' : '<'}${after.isInclusive ? '=' : ''}`
    where.add(`(root.started_at, root.trace_id) ${comes} (?, ?)`, after.time ?? 0, after.id)
  }
  return where
}

/** Which of the roots of a query are read. */
export interface RootsPart {
  readonly after: RootPlace | undefined
  readonly until?: CursorPlace | undefined
  /** Only roots of these traces. */
  readonly traceIds?: readonly string[]
}

export function selectRoots<Row>(
  database: Database,
  query: RootQuery,
  { after, until, traceIds }: RootsPart,
  limit: number,
): Row[] {
  const where = rootConditions(query, after)
  if (traceIds)
    where.add('root.trace_id IN (SELECT value FROM json_each(?))', JSON.stringify(traceIds.map(encodeText)))
  where
    .add(isFirstRoot, query.revision.spanId)
    .addIf('root.status = ?', query.status)
    .addIf('root.session_id = ?', query.sessionId)
    .addIf(isInCohort, query.cohort)
    .addIf('root.duration_ms >= ?', query.minDurationMs)
    .addIf('EXISTS (SELECT 1 FROM json_each(root.tags_json) WHERE value = ?)', query.tag)
  if (until)
    where.add(
      `(root.started_at, root.trace_id) ${query.isAscending ? '<=' : '>='} (?, ?)`,
      until.time ?? 0,
      until.id,
    )
  addRunConditions(where, query, traceIds !== undefined)
  const sql = `
    SELECT root.trace_id, root.span_id, root.key, root.name, root.started_at, root.duration_ms, root.status,
      root.error_name, root.error_message
    FROM spans AS root
    WHERE ${where.sql}
    ${rootOrder(query)} LIMIT ?`
  return database.select(sql, [...where.params, limit])
}

const isInCohort = `root.trace_id IN (
      SELECT trace_id FROM cohort_entries WHERE cohort = (SELECT id FROM cohorts WHERE name = ?))`

const isFirstRoot = `NOT EXISTS (
      SELECT 1 FROM spans AS earlier
      WHERE earlier.trace_id = root.trace_id AND earlier.parent_span_id IS NULL
        AND (earlier.started_at, earlier.span_id) < (root.started_at, root.span_id) AND earlier.id <= ?)`

/** Requires one run of the trace that matches all conditions. */
function addRunConditions(where: Conditions, query: RootQuery, hasTraces: boolean): void {
  const { runId, outcome, feedback, testRunId, revision } = query
  if (runId === undefined && outcome === undefined && feedback === undefined) return
  const { eventId, spanId } = revision
  // The runs of a replay are those recorded in it. Live runs with the same runId do not count.
  const inReplay = testRunId !== undefined
  const run = new Conditions().addIf('run.run_id = ?', runId)
  if (outcome !== undefined) run.add(eventOfRun('outcome', '$.status', inReplay), eventId, outcome)
  if (feedback !== undefined) run.add(eventOfRun('feedback', '$.kind', inReplay), eventId, feedback)
  if (!inReplay) {
    // A run has few traces: only those are read.
    if (runId !== undefined && !hasTraces) where.add(isTraceOf('?'), runId, runId)
  }
  where.add(
    `EXISTS (SELECT 1 FROM (${runsOfRoot(inReplay)}) AS run WHERE ${run.sql})`,
    eventId,
    spanId,
    ...run.params,
  )
}

function runsOfRoot(inReplay: boolean): string {
  const ofEvents = inReplay
    ? "replay_trace_id = root.trace_id AND replay_trace_id <> ''"
    : "trace_id = root.trace_id AND replay_trace_id = ''"
  return `SELECT run_id FROM run_events WHERE ${ofEvents} AND id <= ?
        UNION SELECT run_id FROM spans WHERE trace_id = root.trace_id AND run_id IS NOT NULL AND id <= ?`
}

function eventOfRun(metric: string, field: string, inReplay: boolean): string {
  const replay = inReplay ? 'root.trace_id' : "''"
  return `EXISTS (
        SELECT 1 FROM run_events AS event
        WHERE event.run_id = run.run_id AND event.metric = '${metric}' AND event.replay_trace_id = ${replay}
          AND event.id <= ? AND event.value_json ->> '${field}' = ?)`
}

// It ignores the revision, so it finds too much. The conditions on each trace and its runs apply it.
function isTraceOf(runs: string): string {
  return `root.trace_id IN (
      SELECT trace_id FROM run_events WHERE replay_trace_id = '' AND run_id IN (${runs})
      UNION SELECT trace_id FROM spans WHERE run_id IN (${runs}))`
}
