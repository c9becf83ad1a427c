import type { Queries } from '../database/database.ts'
import { type Sql, sql } from '../database/sql.ts'

/**
 * Deletes events with their prices. Returns how many.
 *
 * @param where condition on `event`
 */
export async function deleteEvents(queries: Queries, where: Sql): Promise<number> {
  const [row] = await queries.rows<{ n: number }>(
    sql`WITH gone AS (DELETE FROM @run_events AS event WHERE ${where} RETURNING id),
      prices AS (DELETE FROM @event_prices WHERE event_id IN (SELECT id FROM gone))
      SELECT count(*) AS n FROM gone`,
  )
  return row?.n ?? 0
}
