import type { Database } from '../database/database.ts'
import { forgetTexts } from '../searching/forget-texts.ts'

interface Newest {
  readonly id: number | null
}

/**
 * Runs `remove`, and keeps the newest ids in use: if SQLite reused the id of an event, the rows of runs would miss the
 * new event. If the newest event or price is removed, an empty placeholder of a replay takes its id.
 */
export function keepingNewest(database: Database, remove: () => void): void {
  const newest = (table: string) => database.get<Newest>(`SELECT max(id) AS id FROM ${table}`)?.id ?? 0
  const before = { event: newest('run_events'), price: newest('event_prices') }
  const receivedAt = receivedOf(database, before.event)
  remove()
  if (newest('run_events') < before.event) putEvent(database, before.event, receivedAt)
  if (newest('event_prices') < before.price) putPrice(database, before.price)
}

const receivedOf = (database: Database, id: number): number | null =>
  database.get<{ received_at: number | null }>('SELECT received_at FROM run_events WHERE id = ?', id)
    ?.received_at ?? null

function putEvent(database: Database, id: number, receivedAt: number | null): void {
  database.run("DELETE FROM run_events WHERE run_id = '' AND metric = 'removed'")
  database.run(
    `INSERT INTO run_events (id, run_id, metric, replay_trace_id, at, config_key, variation_key, version, model_name,
       provider_name, value_json, received_at) VALUES (?, '', 'removed', 'removed', 0, '', '', 0, '', '', '0', ?)`,
    id,
    receivedAt,
  )
}

/**
 * Removes a span. If it is the newest, an empty placeholder takes its id, so that no later span belongs to an earlier
 * revision. Returns the number of removed rows.
 */
export function removeSpan(database: Database, id: number): number {
  const newest = database.get<Newest & { received_at: number | null }>(
    'SELECT id, received_at FROM span_rows ORDER BY id DESC LIMIT 1',
  )
  const removed = database.run('DELETE FROM span_rows WHERE id = ?', id)
  forgetTexts(database, 'span', id)
  if (removed > 0 && newest?.id === id) putSpan(database, id, newest.received_at)
  return removed
}

// The placeholder has no trace, is no root, and is not pruned.
function putSpan(database: Database, id: number, receivedAt: number | null): void {
  database.run("DELETE FROM span_rows WHERE trace_id = ''")
  database.run(
    `INSERT INTO span_rows (id, trace_id, span_id, parent_span_id, seq, key, name, type, started_at, duration_ms,
       status, result_kind, received_at) VALUES (?, '', '', '', 0, '', '', '', 8.64e15, 0, 'ok', 'value', ?)`,
    id,
    receivedAt,
  )
}

// The price refers to an event that does not exist, so no query joins it.
function putPrice(database: Database, id: number): void {
  database.run('DELETE FROM event_prices WHERE event_id < 0')
  database.run(
    "INSERT INTO event_prices (id, event_id, cost_nano_usd, price_list, received_at) VALUES (?, ?, 0, '', 0)",
    id,
    -id,
  )
}
