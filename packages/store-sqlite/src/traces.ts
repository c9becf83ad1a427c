import type {
  Page,
  SpanRecord,
  SpanStatus,
  Store,
  Trace,
  TraceOptions,
  TraceQuery,
  TraceSummary,
} from '@runtape/core'
import { type Checked, orderSpans, readTraceQuery } from '@runtape/core/store-helpers'
import type { Reads } from './background/reads.ts'
import { Conditions, type Cursor, decodeCursor, encodeCursor } from './conditions.ts'
import type { Database } from './database.ts'
import {
  type SpanRow,
  selectSpanSql,
  selectSpansOfTraceSql,
  selectSpansWithoutOutputsSql,
  spanOfRow,
} from './span-rows.ts'

interface RootRow {
  readonly trace_id: string
  readonly span_id: string
  readonly key: string
  readonly name: string
  readonly started_at: number
  readonly duration_ms: number
  readonly status: SpanStatus
}

/** The `traces` part of the store. */
export function traceQueries(database: Database, reads: Reads): Store['traces'] {
  const getSpan = (traceId: string, spanId: string) => {
    const row = database.get<SpanRow>(selectSpanSql, traceId, spanId)
    return row && spanOfRow(row)
  }
  return {
    get: async (traceId, options) => getTrace(database, traceId, options),
    getSpan: async (traceId, spanId) => getSpan(traceId, spanId),
    getSpanSync: getSpan,
    list: async query => reads.traces(readTraceQuery(query)),
  }
}

function getTrace(
  database: Database,
  traceId: string,
  { deferOutputsFrom: from }: TraceOptions = {},
): Trace | undefined {
  const rows =
    from === undefined
      ? database.all<SpanRow>(selectSpansOfTraceSql, traceId)
      : database.all<SpanRow>(selectSpansWithoutOutputsSql, from, from, traceId)
  const spans = rows.map(spanOfRow)
  const root = rootOf(spans)
  return root && { traceId, root, spans: orderSpans(spans) }
}

function rootOf(spans: readonly SpanRecord[]): SpanRecord | undefined {
  const roots = spans.filter(span => span.parentSpanId === undefined)
  return roots.sort((a, b) => a.startedAt - b.startedAt || (a.spanId < b.spanId ? -1 : 1))[0]
}

export function listTraces(database: Database, query: Checked<TraceQuery>): Page<TraceSummary> {
  const { limit = 50 } = query
  const found = selectRoots(database, query, decodeCursor('traces', query.cursor), limit + 1)
  const page = found.slice(0, limit)
  const items = page.map(summaryOfRow)
  const last = page.at(-1)
  if (last === undefined || found.length === page.length) return { items }
  return { items, nextCursor: encodeCursor('traces', { time: last.started_at, id: last.trace_id, mark: 0 }) }
}

function selectRoots(
  database: Database,
  query: Checked<TraceQuery>,
  cursor: Cursor | undefined,
  limit: number,
): RootRow[] {
  const where = new Conditions().add(`root.parent_span_id IS NULL AND ${isFirstRoot}`)
  if (query.testRunId === undefined) where.add('root.test_run_id IS NULL')
  else where.add('root.test_run_id = ?', query.testRunId)
  where
    .addIf('root.key = ?', query.key)
    .addIf('root.status = ?', query.status)
    .addIf('root.session_id = ?', query.sessionId)
    .addIf('root.duration_ms >= ?', query.minDurationMs)
    .addIf('root.started_at >= ?', query.since)
    .addIf('root.started_at < ?', query.until)
    .addIf('EXISTS (SELECT 1 FROM json_each(root.tags_json) WHERE value = ?)', query.tag)
  if (cursor) where.add('(root.started_at, root.trace_id) < (?, ?)', cursor.time ?? 0, cursor.id)
  addRunConditions(where, query)
  const sql = `
    SELECT root.trace_id, root.span_id, root.key, root.name, root.started_at, root.duration_ms, root.status
    FROM spans AS root
    WHERE ${where.sql}
    ORDER BY root.started_at DESC, root.trace_id DESC LIMIT ?`
  return database.select(sql, [...where.params, limit])
}

const isFirstRoot = `NOT EXISTS (
      SELECT 1 FROM spans AS earlier
      WHERE earlier.trace_id = root.trace_id AND earlier.parent_span_id IS NULL
        AND (earlier.started_at, earlier.span_id) < (root.started_at, root.span_id))`

/** The trace has one run of which all that is asked for is true. */
function addRunConditions(where: Conditions, { runId, outcome, feedback, testRunId }: TraceQuery): void {
  if (runId === undefined && outcome === undefined && feedback === undefined) return
  // A replay's runs are those recorded in it; what was recorded live under the same runId says nothing of it.
  const inReplay = testRunId !== undefined
  const run = new Conditions()
    .addIf('run.run_id = ?', runId)
    .addIf(eventOfRun('outcome', '$.status', inReplay), outcome)
    .addIf(eventOfRun('feedback', '$.kind', inReplay), feedback)
  if (!inReplay) {
    // One run has few traces, and feedback is rare: only the traces found from there are looked at.
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
