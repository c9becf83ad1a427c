import type { Queries } from '../database/database.ts'
import { type Sql, sql } from '../database/sql.ts'
import { forgetTexts } from '../searched-texts/forget-texts.ts'

/**
 * Deletes events with their prices and their texts for `search`. Returns how many.
 *
 * @param where condition on `event`
 */
export async function deleteEvents(queries: Queries, where: Sql): Promise<number> {
  const gone = await queries.rows<{ id: number }>(
    sql`WITH gone AS (DELETE FROM @run_events AS event WHERE ${where} RETURNING id),
      prices AS (DELETE FROM @event_prices WHERE event_id IN (SELECT id FROM gone))
      SELECT id FROM gone`,
  )
  await forgetTexts(
    queries,
    gone.map(({ id }) => id),
  )
  return gone.length
}
