import type { Database } from '../database/database.ts'

/**
 * Removes the items and verdicts of a removed trace, whether it is the recording or the replay. The test run counts
 * them.
 */
export function removeItemsOf(database: Database, traceId: string): void {
  database.run('DELETE FROM verdict_history WHERE trace_id = ?', traceId)
  const items = database.all<{ id: number; test_run_id: string }>(
    `SELECT id, test_run_id FROM items WHERE source_trace_id = ?
     UNION SELECT id, test_run_id FROM items WHERE trace_id = ?`,
    traceId,
    traceId,
  )
  for (const { id, test_run_id } of items) {
    database.run('DELETE FROM item_parts WHERE item_id = ?', id)
    database.run('DELETE FROM items WHERE id = ?', id)
    database.run(
      'UPDATE test_runs SET removed_items = coalesce(removed_items, 0) + 1 WHERE test_run_id = ?',
      test_run_id,
    )
  }
}
