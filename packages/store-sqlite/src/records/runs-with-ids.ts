import type { Run, RunEvent } from '@runtape/core'
import { runOfEvents } from '@runtape/core/store-helpers'
import type { Database } from '../database/database.ts'
import { encodeText } from '../database/exact-text.ts'
import { type EventRow, eventOfRow } from './event-rows.ts'

/** An event with the price that arrived after it. */
interface PricedRow extends EventRow {
  readonly later_nano_usd: number | null
  readonly later_price_list: string | null
}

/** Runs as of the first `mark` events, in the order of `ids`. */
export function runsWithIds(database: Database, ids: readonly string[], mark: number): Run[] {
  const rows = database.all<PricedRow>(
    `SELECT event.*, price.cost_nano_usd AS later_nano_usd, price.price_list AS later_price_list
     FROM run_events AS event LEFT JOIN event_prices AS price ON price.event_id = event.id
     WHERE event.run_id IN (SELECT value FROM json_each(?)) AND event.replay_trace_id = '' AND event.id <= ?
     ORDER BY +event.id`,
    JSON.stringify(ids.map(encodeText)),
    mark,
  )
  const byRun = Map.groupBy(rows, row => row.run_id)
  return ids.flatMap(id => runOfRows(database, id, byRun.get(id) ?? []) ?? [])
}

function runOfRows(database: Database, runId: string, rows: readonly PricedRow[]): Run | undefined {
  const received = new Map(rows.map(row => [pricedEvent(row), row.received_at ?? undefined]))
  const receivedAt = (event: RunEvent) => received.get(event)
  return runOfEvents([...received.keys()], { spanTraceId: spanTraceOf(database, runId), receivedAt })
}

const pricedEvent = ({ later_nano_usd, later_price_list, ...row }: PricedRow): RunEvent =>
  later_nano_usd === null
    ? eventOfRow(row)
    : eventOfRow({ ...row, cost_nano_usd: later_nano_usd, price_list: later_price_list })

/** The trace of the first live span of a run. */
export function spanTraceOf(database: Database, runId: string): string | undefined {
  return database.get<{ trace_id: string }>(
    `SELECT trace_id FROM spans
     WHERE run_id = ? AND test_run_id IS NULL ORDER BY started_at, id LIMIT 1`,
    runId,
  )?.trace_id
}
