import type { Database } from '../database/database.ts'
import { noteRemoved } from '../trigrams/dirty-shards.ts'
import type { Source } from './read-sources.ts'

/** Removes the texts of a row from `search`. Call in the transaction that removes or changes the row. */
export function forgetTexts(database: Database, kind: Source['kind'], id: number): void {
  if (noteRemoved(database, kind, id) === 0) return
  database.run('DELETE FROM search_texts WHERE source_id = ? AND source = ?', id, kind)
}
