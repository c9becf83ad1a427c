import type { Queries } from '../database/database.ts'
import { sql } from '../database/sql.ts'
import { takeLock } from '../database/take-lock.ts'
import { textIds } from './text-ids.ts'

/**
 * Removes the texts of events and spans from `search`. Call it in the transaction that removes or changes these rows, before
 * or after that: until the transaction ends, no process adds texts.
 *
 * @param rowIds ids of the rows
 */
export async function forgetTexts(queries: Queries, rowIds: readonly number[]): Promise<void> {
  if (rowIds.length === 0) return
  // Even if there are no texts: another process may be reading these rows to add theirs.
  await takeLock(queries, 'search', 'shared')
  await queries.run(sql`DELETE FROM @search_texts WHERE id = ANY(${textIds(rowIds)}::bigint[])`)
}
