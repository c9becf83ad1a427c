import type { RunEvent } from '@runtape/core'
import type { Run } from '@runtape/core/store'
import { encodeText, runOfEvents } from '@runtape/core/store-helpers'
import type { Database } from '../database/database.ts'
import type { Revision } from '../history/revisions.ts'
import { type EventRow, eventOfRow } from './event-rows.ts'

/** An event with the price that arrived after it. */
interface PricedRow extends EventRow {
  readonly later_nano_usd: number | null
  readonly later_price_list: string | null
}

/** What is known of runs. */
export type Known = Omit<Revision, 'changeId'>

/** Everything that is known. */
export const known: Known = {
  eventId: Number.MAX_SAFE_INTEGER,
  priceId: Number.MAX_SAFE_INTEGER,
  spanId: Number.MAX_SAFE_INTEGER,
}

/** Runs as of a revision, in the order of `ids`. */
export function runsWithIds(database: Database, ids: readonly string[], revision: Known): Run[] {
  const rows = database.all<PricedRow>(
    `SELECT event.*, price.cost_nano_usd AS later_nano_usd, price.price_list AS later_price_list
     FROM run_events AS event LEFT JOIN event_prices AS price ON price.event_id = event.id AND price.id <= ?
     WHERE event.run_id IN (SELECT value FROM json_each(?)) AND event.replay_trace_id = '' AND event.id <= ?
     ORDER BY +event.id`,
    revision.priceId,
    JSON.stringify(ids.map(encodeText)),
    revision.eventId,
  )
  const byRun = Map.groupBy(rows, row => row.run_id)
  return ids.flatMap(id => runOfRows(database, id, byRun.get(id) ?? [], revision) ?? [])
}

function runOfRows(
  database: Database,
  runId: string,
  rows: readonly PricedRow[],
  { spanId }: Known,
): Run | undefined {
  const received = new Map(rows.map(row => [pricedEvent(row), row.received_at ?? undefined]))
  const receivedAt = (event: RunEvent) => received.get(event)
  return runOfEvents([...received.keys()], { spanTraceId: spanTraceOf(database, runId, spanId), receivedAt })
}

const pricedEvent = ({ later_nano_usd, later_price_list, ...row }: PricedRow): RunEvent =>
  later_nano_usd === null
    ? eventOfRow(row)
    : eventOfRow({ ...row, cost_nano_usd: later_nano_usd, price_list: later_price_list })

/** The trace of the first live span of a run. */
export function spanTraceOf(database: Database, runId: string, spanId: number): string | undefined {
  return database.get<{ trace_id: string }>(
    `SELECT trace_id FROM span_rows
     WHERE run_id = ? AND test_run_id IS NULL AND id <= ? ORDER BY started_at, id LIMIT 1`,
    runId,
    spanId,
  )?.trace_id
}
