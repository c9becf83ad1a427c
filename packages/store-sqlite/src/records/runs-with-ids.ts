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

/** The columns of `EventRow`: reading the billed columns, too, doubles the time. */
const eventColumns = [
  ...['run_id', 'metric', 'replay_trace_id', 'test_run_id', 'at', 'config_key', 'variation_key', 'version'],
  ...['model_name', 'provider_name', 'context_kind', 'context_key', 'cost_nano_usd', 'price_list', 'scope'],
  ...['value_json', 'context_more_json', 'attributes_json', 'trace_id', 'of_trace', 'received_at'],
]
  .map(column => `event.${column}`)
  .join(', ')

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
    `SELECT ${eventColumns}, price.cost_nano_usd AS later_nano_usd, price.price_list AS later_price_list
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
  const isTraced = rows.some(row => row.trace_id !== null || (row.of_trace ?? null) !== null)
  const spanTraceId = isTraced ? undefined : spanTraceOf(database, runId, spanId)
  return runOfEvents([...received.keys()], { spanTraceId, receivedAt })
}

// Copies a row only if it changes: a copy of so many columns costs more than all else.
const pricedEvent = (row: PricedRow): RunEvent =>
  row.later_nano_usd === null
    ? eventOfRow(row)
    : eventOfRow({ ...row, cost_nano_usd: row.later_nano_usd, price_list: row.later_price_list })

/** The trace of the first live span of a run. */
export function spanTraceOf(database: Database, runId: string, spanId: number): string | undefined {
  return database.get<{ trace_id: string }>(
    `SELECT trace_id FROM span_rows
     WHERE run_id = ? AND test_run_id IS NULL AND id <= ? ORDER BY started_at, id LIMIT 1`,
    runId,
    spanId,
  )?.trace_id
}

/** The run ids of rows of runs, by the id of the row. */
export const namesOfRows = (
  database: Database,
  ids: readonly number[],
): { readonly id: number; readonly run_id: string }[] =>
  database.all(
    'SELECT id, run_id FROM runs WHERE id IN (SELECT value FROM json_each(?))',
    JSON.stringify(ids),
  )
