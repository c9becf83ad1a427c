import type { Queries } from '../database/database.ts'
import { sql } from '../database/sql.ts'

/**
 * Removes the items and verdicts of removed traces, whether these are the recording or the replay. The test runs count
 * them.
 */
export async function removeItemsOf(queries: Queries, traceKeys: readonly string[]): Promise<void> {
  await queries.run(sql`DELETE FROM @verdicts WHERE trace_id = ANY(${traceKeys}::text[])`)
  await queries.run(
    sql`WITH gone AS (
        DELETE FROM @items WHERE id IN (
          SELECT id FROM @items WHERE source_trace_id = ANY(${traceKeys}::text[])
          UNION SELECT id FROM @items WHERE trace_id = ANY(${traceKeys}::text[])
        ) RETURNING test_run_id
      )
      UPDATE @test_runs AS run SET removed_items = removed_items + counted.n
      FROM (SELECT test_run_id, count(*) AS n FROM gone GROUP BY test_run_id) AS counted
      WHERE run.test_run_id = counted.test_run_id`,
  )
}
