import type { Page, Run, RunQuery, Store } from '@runtape/core'
import { type Checked, readRunQuery, readUsageQuery } from '@runtape/core/store-helpers'
import { Conditions, type Cursor, decodeCursor, encodeCursor } from './conditions.ts'
import type { Database } from './database.ts'
import { runsWithIds } from './run-rows.ts'
import { selectUsage } from './usage.ts'

interface FirstEvent {
  readonly run_id: string
  readonly at: number
}

/** The `runs` part of the store. */
export function runQueries(database: Database): Store['runs'] {
  return {
    get: async runId => runsWithIds(database, [runId], Number.MAX_SAFE_INTEGER)[0],
    list: async query => listRuns(database, readRunQuery(query)),
    usage: async query => selectUsage(database, readUsageQuery(query)),
  }
}

function listRuns(database: Database, query: Checked<RunQuery>): Page<Run> {
  const { limit = 50 } = query
  const cursor = decodeCursor('runs', query.cursor)
  // Later pages show the runs as they were at the first one: an event that comes in between moves none.
  const mark = cursor?.mark ?? lastEventId(database)
  const found = selectFirstEvents(database, query, cursor, mark, limit + 1)
  const page = found.slice(0, limit)
  const last = page.at(-1)
  const ids = page.map(first => first.run_id)
  const items = runsWithIds(database, ids, mark)
  if (last === undefined || found.length === page.length) return { items }
  return { items, nextCursor: encodeCursor('runs', { time: last.at, id: last.run_id, mark }) }
}

const lastEventId = (database: Database): number =>
  database.get<{ id: number | null }>('SELECT max(id) AS id FROM run_events')?.id ?? 0

/** True for the event of a run that no other live one of it precedes: a run belongs to the time of that one. */
const isFirstEvent = `NOT EXISTS (
      SELECT 1 FROM run_events AS earlier
      WHERE earlier.run_id = first.run_id AND earlier.replay_trace_id = ''
        AND (earlier.at, earlier.id) < (first.at, first.id) AND earlier.id <= ?)`

/** The run is for the context that the first event with one names. */
const isForContext = (column: 'context_kind' | 'context_key'): string => `(
      SELECT named.${column} FROM run_events AS named
      WHERE named.run_id = first.run_id AND named.replay_trace_id = '' AND named.context_kind IS NOT NULL
      ORDER BY named.at, named.id LIMIT 1) = ?`

function selectFirstEvents(
  database: Database,
  query: Checked<RunQuery>,
  cursor: Cursor | undefined,
  mark: number,
  limit: number,
): FirstEvent[] {
  const where = new Conditions()
    .add("first.replay_trace_id = '' AND first.id <= ?", mark)
    .add(isFirstEvent, mark)
    .addIf('first.at >= ?', query.since)
    .addIf('first.at < ?', query.until)
    .addIf('first.config_key = ?', query.configKey)
    .addIf('first.variation_key = ?', query.variationKey)
  if (cursor) where.add('(first.at, first.run_id) < (?, ?)', cursor.time, cursor.id)
  if (query.contextKind !== undefined) where.add(isForContext('context_kind'), query.contextKind)
  if (query.contextKey !== undefined) where.add(isForContext('context_key'), query.contextKey)
  if (query.outcome !== undefined) where.add(hasOutcome, mark, query.outcome)
  if (query.feedback !== undefined) where.add(hasFeedback, mark, query.feedback)
  const sql = `SELECT first.run_id, first.at FROM run_events AS first
    WHERE ${where.sql}
    ORDER BY first.at DESC, first.run_id DESC LIMIT ?`
  return database.select(sql, [...where.params, limit])
}

const hasOutcome = `EXISTS (
      SELECT 1 FROM run_events AS outcome
      WHERE outcome.run_id = first.run_id AND outcome.metric = 'outcome' AND outcome.replay_trace_id = ''
        AND outcome.id <= ? AND outcome.value_json ->> '$.status' = ?)`

// From the other side, as feedback is rare: an index holds the few events that are any. (The + keeps SQLite
// from walking the rows by their id instead.)
const hasFeedback = `first.run_id IN (
      SELECT run_id FROM run_events
      WHERE metric = 'feedback' AND replay_trace_id = '' AND +id <= ? AND value_json ->> '$.kind' = ?)`
