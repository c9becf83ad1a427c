import type { Queries } from '../database/database.ts'
import { sql } from '../database/sql.ts'
import { isShortened, keyText } from '../database/values.ts'

/** The ids of runs by their keys, the values of `run_id`. */
export async function runIdsOf(
  queries: Queries,
  keys: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const ids = new Map(keys.map(key => [key, key]))
  const shortened = keys.filter(isShortened)
  if (shortened.length === 0) return ids
  const rows = await queries.rows<{ run_id: string; record: string }>(
    sql`SELECT u.run_id, coalesce(
        (SELECT record FROM @run_events AS event WHERE event.run_id = u.run_id LIMIT 1),
        (SELECT record FROM @spans AS span WHERE span.run_id = u.run_id LIMIT 1), '{}') AS record
      FROM unnest(${shortened}::text[]) AS u(run_id)`,
  )
  for (const { run_id, record } of rows) ids.set(run_id, JSON.parse(record).runId ?? run_id)
  return ids
}

/** The ids of traces by their keys. */
export async function traceIdsOf(
  queries: Queries,
  keys: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const ids = new Map(keys.map(key => [key, key]))
  const shortened = keys.filter(isShortened)
  if (shortened.length === 0) return ids
  // A span has the id of its trace in full, and short; only events name others.
  const rows = await queries.rows<{ key: string; record: string }>(
    sql`SELECT u.key, coalesce(
        (SELECT record FROM @run_events AS event WHERE event.trace_id = u.key AND event.replay_trace_id = '' LIMIT 1),
        (SELECT record FROM @run_events AS event WHERE event.replay_trace_id = u.key LIMIT 1), '{}') AS record
      FROM unnest(${shortened}::text[]) AS u(key)`,
  )
  for (const { key, record } of rows) {
    const { traceId, replay } = JSON.parse(record)
    ids.set(key, [replay?.traceId, traceId].find(id => id !== undefined && keyText(id) === key) ?? key)
  }
  return ids
}
