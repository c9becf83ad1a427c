import { realNow } from '@runtape/core/internal'
import type { Revision } from '@runtape/core/store'
import type { Database } from '../database/database.ts'
import { closeChanges } from '../history/next-change.ts'
import { lastReceivedAt } from '../history/received.ts'
import { type Revision as StoreRevision, wholeRevisionAt, writtenRevision } from '../history/revisions.ts'

/** A change id that covers all changes. */
export const everything = Number.MAX_SAFE_INTEGER

/** The last change as of a revision or a time. Default: all changes. */
export function changeAt(database: Database, asOf: Revision | number | undefined): number {
  if (asOf === undefined) return everything
  // Reading a past time closes it: nothing is added to it later, even if the clock is set back.
  if (typeof asOf === 'number' && asOf <= realNow()) closePast(database, asOf)
  return wholeRevisionAt(database, asOf).changeId
}

function closePast(database: Database, asOf: number): void {
  if (lastReceivedAt(database) <= asOf) database.transaction(() => closeChanges(database, asOf))
}

/** The revision of a list: the requested one. Default: the current one. */
export function listRevision(database: Database, asOf: Revision | number | undefined): StoreRevision {
  if (asOf === undefined) return writtenRevision(database)
  return { ...writtenRevision(database), changeId: changeAt(database, asOf) }
}
