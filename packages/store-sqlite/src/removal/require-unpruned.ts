import { needsPerson, type PastQuery, periodPruned } from '@runtape/core/store-helpers'
import type { Database } from '../database/database.ts'
import { changesKnownAt, type Revision } from '../history/revisions.ts'

/** @throws {RuntapeError} `period-pruned` if runs of the bill at this revision have been removed since */
export function requireUnpruned(database: Database, revision: Revision, query: PastQuery): void {
  const { since = -Infinity, until = Infinity } = query
  const found = database.get(
    `SELECT 1 FROM removed_runs WHERE event_id <= ? AND (change_id IS NULL OR change_id > ?)
       AND until >= ? AND since < ? AND keeps_totals <= ? LIMIT 1`,
    revision.eventId,
    changesKnownAt(revision),
    since,
    until,
    needsPerson(query) ? 1 : 0,
  )
  if (found !== undefined) throw periodPruned()
}
