import { needsPerson, type PastQuery, periodPruned } from '@runtape/core/store-helpers'
import type { Database } from '../database/database.ts'

/** @throws {RuntapeError} `period-pruned` if runs of the bill at this revision have been removed */
export function requireUnpruned(database: Database, eventId: number, query: PastQuery): void {
  const { since = -Infinity, until = Infinity } = query
  const found = database.get(
    `SELECT 1 FROM removed_runs WHERE event_id <= ? AND until >= ? AND since < ? AND keeps_totals <= ? LIMIT 1`,
    eventId,
    since,
    until,
    needsPerson(query) ? 1 : 0,
  )
  if (found !== undefined) throw periodPruned()
}
