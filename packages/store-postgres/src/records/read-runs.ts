import type { RunEvent } from '@runtape/core'
import type { Run } from '@runtape/core/store'
import { runOfEvents } from '@runtape/core/store-helpers'
import type { Queries } from '../database/database.ts'
import { type Sql, sql } from '../database/sql.ts'
import { keyText } from '../database/values.ts'
import { isReceived, type Moment } from '../history/moment.ts'
import { type EventRow, eventOfRow } from './event-rows.ts'

/** A live event with the time of its receipt. */
interface ReceivedRow extends EventRow {
  readonly received_at: number
  readonly trace_id: string | null
}

/** Runs as of a moment, by the values of their column `run_id`. */
export async function readRuns(
  queries: Queries,
  keys: readonly string[],
  moment: Moment,
): Promise<Map<string, Run>> {
  const rows = await queries.rows<ReceivedRow>(
    sql`${selectEvents(moment)} WHERE event.run_id = ANY(${keys}::text[]) AND event.replay_trace_id = ''
      AND ${isReceived(moment, 'event')} ORDER BY event.id`,
  )
  const byKey = Map.groupBy(rows, row => row.run_id)
  const runs = new Map<string, Run>()
  const traces = await spanTraces(queries, untraced(byKey), moment)
  for (const [key, own] of byKey) {
    const run = runOfRows(own, traces.get(key))
    if (run) runs.set(key, run)
  }
  return runs
}

/** The runs of which no event names the trace. */
const untraced = (byKey: ReadonlyMap<string, readonly ReceivedRow[]>): string[] =>
  [...byKey].flatMap(([key, rows]) => (rows.some(row => row.trace_id) ? [] : [key]))

/** One run as of a moment. */
export async function readRun(queries: Queries, runId: string, moment: Moment): Promise<Run | undefined> {
  const key = keyText(runId)
  return (await readRuns(queries, [key], moment)).get(key)
}

/** Selects the columns of `EventRow` and `received_at`, with the costs known at a moment. */
export const selectEvents = (moment: Moment): Sql =>
  sql`SELECT event.id, event.run_id, event.metric, event.record, event.received_at, event.replay_trace_id, event.trace_id,
      price.cost AS later_cost
    FROM @run_events AS event
    LEFT JOIN @event_prices AS price ON price.event_id = event.id AND ${isReceived(moment, 'price')}`

function runOfRows(rows: readonly ReceivedRow[], spanTraceId: string | undefined): Run | undefined {
  const received = new Map<RunEvent, number>(rows.map(row => [eventOfRow(row), row.received_at]))
  return runOfEvents([...received.keys()], { spanTraceId, receivedAt: event => received.get(event) })
}

/** The trace of the first live span of each run. */
async function spanTraces(
  queries: Queries,
  keys: readonly string[],
  moment: Moment,
): Promise<Map<string, string>> {
  if (keys.length === 0) return new Map()
  const rows = await queries.rows<{ run_id: string; trace_id: string }>(
    sql`SELECT DISTINCT ON (run_id) run_id, trace_id FROM @spans AS span
      WHERE run_id = ANY(${keys}::text[]) AND test_run_id IS NULL AND ${isReceived(moment, 'span')}
      ORDER BY run_id, started_at, id`,
  )
  return new Map(rows.map(row => [row.run_id, row.trace_id]))
}
