import type { Page, SpanStatus, Store, TraceQuery, TraceSummary } from '@runtape/core'
import {
  type Checked,
  readPayloadQuery,
  readSkeletonQuery,
  readTraceQuery,
  readTraceSearch,
} from '@runtape/core/store-helpers'
import { Conditions, type Cursor, decodeCursor, encodeCursor } from './database/conditions.ts'
import type { Database } from './database/database.ts'
import { matchingTraces, type Named, narrowed, tracesAtOnce } from './filtering/matching-traces.ts'
import { readInSlices, type Sliced, threadSlice } from './reading/in-slices.ts'
import type { Reads } from './reading/reads.ts'
import { type SpanRow, selectSpanSql, spanOfRow } from './records/span-rows.ts'
import { readTrace } from './trace-parts/whole-trace.ts'

interface RootRow {
  readonly trace_id: string
  readonly span_id: string
  readonly key: string
  readonly name: string
  readonly started_at: number
  readonly duration_ms: number
  readonly status: SpanStatus
  readonly error_name: string | null
  readonly error_message: string | null
}

/** The `traces` part of the store. */
export function traceQueries(database: Database, reads: Reads): Store['traces'] {
  const getSpan = (traceId: string, spanId: string) => {
    const row = database.get<SpanRow>(selectSpanSql, traceId, spanId)
    return row && spanOfRow(row)
  }
  return {
    get: async (traceId, options) =>
      readInSlices(database, readTrace(database, traceId, options), threadSlice),
    getSpan: async (traceId, spanId) => getSpan(traceId, spanId),
    getSpanSync: getSpan,
    list: async query => reads.traces(readTraceQuery(query)),
    skeleton: async (traceId, query) => reads.skeleton({ traceId, ...readSkeletonQuery(query) }),
    payload: async (traceId, spanId, query) => reads.payload({ traceId, spanId, ...readPayloadQuery(query) }),
    search: async (traceId, query) => reads.traceSearch({ traceId, ...readTraceSearch(query) }),
  }
}

/** A query with what its filter names. */
type RootQuery = Checked<TraceQuery> & Named

/** A page of `traces.list`. Yields after every few hundred roots, however few of them match. */
export function* listTraces(database: Database, given: Checked<TraceQuery>): Sliced<Page<TraceSummary>> {
  const query = narrowed(given)
  const { limit = 50, where } = query
  let after = decodeCursor('traces', query.cursor)
  const found: RootRow[] = []
  for (let isOver = false; !isOver && found.length <= limit; ) {
    const until = hasFewTraces(query) ? undefined : lastOfRoots(database, query, after)
    const most = limit + 1 - found.length
    if (where === undefined) found.push(...selectRoots(database, query, { after, until }, most))
    else yield* addMatching(database, query, selectRoots(database, query, { after, until }, all), found)
    isOver = until === undefined
    after = until
    yield
  }
  const page = found.slice(0, limit)
  const items = page.map(summaryOfRow)
  const last = page.at(-1)
  if (last === undefined || found.length === page.length) return { items }
  return { items, nextCursor: encodeCursor('traces', { time: last.started_at, id: last.trace_id, mark: 0 }) }
}

/** No limit for SQLite. */
const all = -1

/** Adds the roots that match the filter, up to one more than a page has. */
function* addMatching(
  database: Database,
  query: Checked<TraceQuery>,
  roots: readonly RootRow[],
  found: RootRow[],
): Sliced<void> {
  const { limit = 50 } = query
  for (let from = 0; from < roots.length && found.length <= limit; from += tracesAtOnce) {
    const matching = matchingTraces(database, roots.slice(from, from + tracesAtOnce), query)
    found.push(...matching.slice(0, limit + 1 - found.length))
    yield
  }
}

/** Whether an index finds the traces of the query. */
const hasFewTraces = ({ runId, feedback, testRunId, traceId }: RootQuery): boolean =>
  traceId !== undefined || (testRunId === undefined && (runId !== undefined || feedback !== undefined))

const rootsAtOnce = 256

/** The last of the next `rootsAtOnce` roots that the query reads; `undefined` if there are fewer. */
function lastOfRoots(database: Database, query: RootQuery, after: Cursor | undefined): Cursor | undefined {
  const where = rootConditions(query, after)
  const sql = `SELECT root.started_at, root.trace_id FROM span_rows AS root WHERE ${where.sql}
    ORDER BY root.started_at DESC, root.trace_id DESC LIMIT 1 OFFSET ${rootsAtOnce - 1}`
  const [last] = database.select<Pick<RootRow, 'started_at' | 'trace_id'>>(sql, where.params)
  return last && { time: last.started_at, id: last.trace_id, mark: 0 }
}

/** The conditions that an index can serve in order. */
function rootConditions(query: RootQuery, after: Cursor | undefined): Conditions {
  const where = new Conditions().add('root.parent_span_id IS NULL')
  if (query.testRunId === undefined) where.add('root.test_run_id IS NULL')
  else where.add('root.test_run_id = ?', query.testRunId)
  where
    .addIf('root.trace_id = ?', query.traceId)
    .addIf('root.key = ?', query.key)
    .addIf('root.started_at >= ?', query.since)
    .addIf('root.started_at < ?', query.until)
  if (after) where.add('(root.started_at, root.trace_id) < (?, ?)', after.time ?? 0, after.id)
  return where
}

function selectRoots(
  database: Database,
  query: RootQuery,
  { after, until }: { readonly after: Cursor | undefined; readonly until: Cursor | undefined },
  limit: number,
): RootRow[] {
  const where = rootConditions(query, after)
  where
    .add(isFirstRoot)
    .addIf('root.status = ?', query.status)
    .addIf('root.session_id = ?', query.sessionId)
    .addIf(isInCohort, query.cohort)
    .addIf('root.duration_ms >= ?', query.minDurationMs)
    .addIf('EXISTS (SELECT 1 FROM json_each(root.tags_json) WHERE value = ?)', query.tag)
  if (until) where.add('(root.started_at, root.trace_id) >= (?, ?)', until.time ?? 0, until.id)
  addRunConditions(where, query)
  const sql = `
    SELECT root.trace_id, root.span_id, root.key, root.name, root.started_at, root.duration_ms, root.status,
      root.error_name, root.error_message
    FROM spans AS root
    WHERE ${where.sql}
    ORDER BY root.started_at DESC, root.trace_id DESC LIMIT ?`
  return database.select(sql, [...where.params, limit])
}

const isInCohort = `root.trace_id IN (
      SELECT trace_id FROM cohort_entries WHERE cohort = (SELECT id FROM cohorts WHERE name = ?))`

const isFirstRoot = `NOT EXISTS (
      SELECT 1 FROM spans AS earlier
      WHERE earlier.trace_id = root.trace_id AND earlier.parent_span_id IS NULL
        AND (earlier.started_at, earlier.span_id) < (root.started_at, root.span_id))`

/** Requires one run of the trace that matches all conditions. */
function addRunConditions(
  where: Conditions,
  { runId, outcome, feedback, testRunId }: Omit<TraceQuery, 'where'>,
): void {
  if (runId === undefined && outcome === undefined && feedback === undefined) return
  // The runs of a replay are those recorded in it. Live runs with the same runId do not count.
  const inReplay = testRunId !== undefined
  const run = new Conditions()
    .addIf('run.run_id = ?', runId)
    .addIf(eventOfRun('outcome', '$.status', inReplay), outcome)
    .addIf(eventOfRun('feedback', '$.kind', inReplay), feedback)
  if (!inReplay) {
    // A run has few traces, and feedback is rare: only the traces of those runs are read.
    if (runId !== undefined) where.add(isTraceOf('?'), runId, runId)
    else if (feedback !== undefined) where.add(isTraceOf(feedbackRuns), feedback, feedback)
  }
  where.add(`EXISTS (SELECT 1 FROM (${runsOfRoot(inReplay)}) AS run WHERE ${run.sql})`, ...run.params)
}

function runsOfRoot(inReplay: boolean): string {
  const ofEvents = inReplay
    ? "replay_trace_id = root.trace_id AND replay_trace_id <> ''"
    : "trace_id = root.trace_id AND replay_trace_id = ''"
  return `SELECT run_id FROM run_events WHERE ${ofEvents}
        UNION SELECT run_id FROM spans WHERE trace_id = root.trace_id AND run_id IS NOT NULL`
}

function eventOfRun(metric: string, field: string, inReplay: boolean): string {
  const replay = inReplay ? 'root.trace_id' : "''"
  return `EXISTS (
        SELECT 1 FROM run_events AS event
        WHERE event.run_id = run.run_id AND event.metric = '${metric}' AND event.replay_trace_id = ${replay}
          AND event.value_json ->> '${field}' = ?)`
}

const feedbackRuns = `SELECT run_id FROM run_events
        WHERE metric = 'feedback' AND replay_trace_id = '' AND value_json ->> '$.kind' = ?`

function isTraceOf(runs: string): string {
  return `root.trace_id IN (
      SELECT trace_id FROM run_events WHERE replay_trace_id = '' AND run_id IN (${runs})
      UNION SELECT trace_id FROM spans WHERE run_id IN (${runs}))`
}

function summaryOfRow(row: RootRow): TraceSummary {
  return {
    traceId: row.trace_id,
    spanId: row.span_id,
    key: row.key,
    name: row.name,
    startedAt: row.started_at,
    durationMs: row.duration_ms,
    status: row.status,
  }
}
