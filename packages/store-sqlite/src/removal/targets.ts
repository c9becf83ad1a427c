import type { EraseTarget } from '@runtape/core/store'
import type { Database } from '../database/database.ts'
import type { SqlValue } from '../database/handle.ts'

/** A part of what will be removed. */
export interface Batch {
  /** Run ids. */
  readonly runs?: readonly string[]
  readonly traces?: readonly string[]
  /** Ids of events other than those of the runs and traces. */
  readonly events?: readonly number[]
}

/** Number of rows read at a time. Each read blocks the event loop for a few milliseconds. */
const atOnce = 1000

const runsAtOnce = 200

/** What `prune` removes. Each batch may be removed before the next one is read. */
export function* pruned(
  database: Database,
  before: { readonly traces?: number; readonly runs?: number },
): Generator<Batch> {
  if (before.runs !== undefined) {
    yield* prunedRuns(database, before.runs)
    yield* prunedEvents(database, before.runs)
  }
  if (before.traces !== undefined) {
    yield* prunedTraces(database, before.traces)
    yield* prunedReplays(database, before.traces)
    yield* prunedWithoutRoot(database, before.traces)
  }
}

function* prunedRuns(database: Database, before: number): Generator<Batch> {
  for (let after: readonly SqlValue[] = [-Infinity, 0]; ; ) {
    const rows = database.all<{ id: number; run_id: string; first_at: number }>(
      `SELECT id, run_id, first_at FROM runs INDEXED BY runs_time
       WHERE first_at < ? AND (first_at, id) > (?, ?) ORDER BY first_at, id LIMIT ${runsAtOnce}`,
      before,
      ...after,
    )
    const last = rows.at(-1)
    if (last === undefined) return
    after = [last.first_at, last.id]
    yield { runs: rows.map(row => row.run_id) }
  }
}

/** Events of replays. They belong to no run. */
function* prunedEvents(database: Database, before: number): Generator<Batch> {
  for (let after: readonly string[] = ['', '']; ; ) {
    const rows = database.all<{
      id: number
      run_id: string
      replay_trace_id: string
      at: number
      metric: string
    }>(
      `SELECT id, run_id, replay_trace_id, at, metric FROM run_events INDEXED BY run_events_replay
       WHERE replay_trace_id <> '' AND (replay_trace_id, run_id) > (?, ?)
       ORDER BY replay_trace_id, run_id LIMIT ${atOnce}`,
      ...after,
    )
    const last = rows.at(-1)
    if (last === undefined) return
    const isCut = (row: (typeof rows)[number]) =>
      rows.length === atOnce && row.replay_trace_id === last.replay_trace_id && row.run_id === last.run_id
    const whole = rows.filter(row => !isCut(row))
    const end = whole.at(-1) ?? last
    after = [end.replay_trace_id, end.run_id]
    const old = (whole.length > 0 ? whole : rows).filter(row => row.at < before && row.run_id !== '')
    yield { events: old.map(({ id }) => id) }
  }
}

function* prunedTraces(database: Database, before: number): Generator<Batch> {
  for (let after: readonly SqlValue[] = [-Infinity, '']; ; ) {
    const rows = database.all<{ trace_id: string; started_at: number }>(
      `SELECT trace_id, started_at FROM span_rows INDEXED BY spans_root_time
       WHERE parent_span_id IS NULL AND test_run_id IS NULL AND started_at < ? AND (started_at, trace_id) > (?, ?)
       ORDER BY started_at, trace_id LIMIT ${runsAtOnce}`,
      before,
      ...after,
    )
    const last = rows.at(-1)
    if (last === undefined) return
    after = [last.started_at, last.trace_id]
    yield { traces: [...new Set(rows.map(row => row.trace_id))] }
  }
}

function* prunedReplays(database: Database, before: number): Generator<Batch> {
  for (let after: readonly SqlValue[] = ['', 0, '']; ; ) {
    const rows = database.all<{ trace_id: string; started_at: number; test_run_id: string }>(
      `SELECT trace_id, started_at, test_run_id FROM span_rows INDEXED BY spans_root_test_run
       WHERE parent_span_id IS NULL AND test_run_id IS NOT NULL AND (test_run_id, started_at, trace_id) > (?, ?, ?)
       ORDER BY test_run_id, started_at, trace_id LIMIT ${atOnce}`,
      ...after,
    )
    const last = rows.at(-1)
    if (last === undefined) return
    after = [last.test_run_id, last.started_at, last.trace_id]
    const old = rows.filter(row => row.started_at < before)
    yield { traces: [...new Set(old.map(row => row.trace_id))] }
  }
}

/** Spans whose root never arrived. Rows are roughly in the order of time: the search ends after enough recent rows. */
function* prunedWithoutRoot(database: Database, before: number): Generator<Batch> {
  for (let after = 0, young = 0; young < 2 * atOnce; ) {
    const rows = database.all<{ id: number; trace_id: string; started_at: number }>(
      `SELECT id, trace_id, started_at FROM span_rows WHERE id > ? ORDER BY id LIMIT ${atOnce}`,
      after,
    )
    const last = rows.at(-1)
    if (last === undefined) return
    after = last.id
    const old = new Set(rows.filter(row => row.started_at < before).map(row => row.trace_id))
    young = old.size > 0 ? 0 : young + rows.length
    yield { traces: [...old].filter(traceId => isOldWithoutRoot(database, traceId, before)) }
  }
}

function isOldWithoutRoot(database: Database, traceId: string, before: number): boolean {
  const found = database.get<{ roots: number; at: number | null }>(
    'SELECT count(*) FILTER (WHERE parent_span_id IS NULL) AS roots, max(started_at) AS at FROM span_rows WHERE trace_id = ?',
    traceId,
  )
  return found?.roots === 0 && found.at !== null && found.at < before
}

/** What `erase` removes. Reads the whole database in steps; `undefined` lets other work of the process run. */
export function* erased(database: Database, target: EraseTarget): Generator<undefined, Batch> {
  const [runs, traces, events] = [new Set<string>(), new Set<string>(), new Set<number>()]
  if ('runId' in target) runs.add(target.runId)
  if ('traceId' in target) traces.add(target.traceId)
  const replays = yield* scanSpans(database, target, traces)
  for (const traceId of traces) for (const runId of runsOfTrace(database, traceId)) runs.add(runId)
  if ('context' in target) yield* scanEvents(database, target.context, { runs, traces, events })
  for (const runId of runs) for (const traceId of tracesOfRun(database, runId)) traces.add(traceId)
  for (let before = -1; before < traces.size; ) {
    before = traces.size
    for (const [traceId, source] of replays) if (traces.has(source)) traces.add(traceId)
  }
  return { runs: [...runs], traces: [...traces], events: [...events] }
}

/** Adds the traces of a session. Returns the source of each replay. */
function* scanSpans(
  database: Database,
  target: EraseTarget,
  traces: Set<string>,
): Generator<undefined, ReadonlyMap<string, string>> {
  const sources = new Map<string, string>()
  const sessionId = 'sessionId' in target ? target.sessionId : null
  for (let after = 0; ; ) {
    const end = database.get<{ id: number | null }>(
      `SELECT max(id) AS id FROM (SELECT id FROM span_rows WHERE id > ? ORDER BY id LIMIT ${atOnce})`,
      after,
    )?.id
    if (end === null || end === undefined) return sources
    const rows = database.all<{
      trace_id: string
      source_trace_id: string | null
      session_id: string | null
    }>(
      `SELECT trace_id, source_trace_id, session_id FROM span_rows
       WHERE id > ? AND id <= ? AND (source_trace_id IS NOT NULL OR session_id = ?)`,
      after,
      end,
      sessionId,
    )
    for (const row of rows) {
      if (row.source_trace_id !== null) sources.set(row.trace_id, row.source_trace_id)
      if (row.session_id !== null && row.session_id === sessionId) traces.add(row.trace_id)
    }
    after = end
    yield
  }
}

const runsOfTrace = (database: Database, traceId: string): string[] =>
  database
    .all<{ run_id: string }>(
      `SELECT run_id FROM run_events WHERE trace_id = ? AND replay_trace_id = ''
       UNION SELECT run_id FROM span_rows WHERE trace_id = ? AND run_id IS NOT NULL AND test_run_id IS NULL`,
      traceId,
      traceId,
    )
    .map(row => row.run_id)

const tracesOfRun = (database: Database, runId: string): string[] =>
  database
    .all<{ trace_id: string }>(
      `SELECT coalesce(trace_id, of_trace) AS trace_id FROM run_events
         WHERE run_id = ? AND replay_trace_id = '' AND coalesce(trace_id, of_trace) IS NOT NULL
       UNION SELECT replay_trace_id FROM run_events WHERE run_id = ? AND replay_trace_id <> ''
       UNION SELECT trace_id FROM span_rows WHERE run_id = ?`,
      runId,
      runId,
      runId,
    )
    .map(row => row.trace_id)

interface Found {
  readonly runs: Set<string>
  readonly traces: Set<string>
  readonly events: Set<number>
}

/** Adds the runs of a context, and its events in the runs of other contexts and in replays. */
function* scanEvents(
  database: Database,
  { kind, key }: { readonly kind: string; readonly key: string },
  { runs, traces, events }: Found,
): Generator<undefined, void> {
  for (let after = 0; ; ) {
    const end = database.get<{ id: number | null }>(
      `SELECT max(id) AS id FROM (SELECT id FROM run_events WHERE id > ? ORDER BY id LIMIT ${atOnce})`,
      after,
    )?.id
    if (end === null || end === undefined) return
    const rows = database.all<{ id: number; run_id: string; replay_trace_id: string }>(
      `SELECT id, run_id, replay_trace_id FROM run_events
       WHERE id > ? AND id <= ? AND context_key = ? AND context_kind = ?`,
      after,
      end,
      key,
      kind,
    )
    for (const { id, run_id, replay_trace_id } of rows) {
      if (replay_trace_id !== '') traces.add(replay_trace_id)
      else if (isRunFor(database, run_id, kind, key)) runs.add(run_id)
      else events.add(id)
    }
    after = end
    yield
  }
}

const isRunFor = (database: Database, runId: string, kind: string, key: string): boolean =>
  database.get(
    `SELECT 1 FROM runs JOIN texts AS kinds ON kinds.id = context_kind JOIN texts AS keys ON keys.id = context_key
     WHERE run_id = ? AND kinds.text = ? AND keys.text = ?`,
    runId,
    kind,
    key,
  ) !== undefined
