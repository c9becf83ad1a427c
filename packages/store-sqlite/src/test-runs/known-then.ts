import { realNow } from '@runtape/core/internal'
import type { Revision } from '@runtape/core/store'
import type { Database } from '../database/database.ts'
import { closeChanges } from '../history/next-change.ts'
import { lastReceivedAt } from '../history/received.ts'
import { type Revision as StoreRevision, wholeRevisionAt, writtenRevision } from '../history/revisions.ts'

/** A change id that covers all changes. */
export const everything = Number.MAX_SAFE_INTEGER

/** The last change as of a revision or a time. Default: all changes. */
export const changeAt = (database: Database, asOf: Revision | number | undefined): number =>
  asOf === undefined ? everything : revisionThen(database, asOf).changeId

/** The revision that `asOf` names, for reads of spans and other changes. Default: the current one. */
export function revisionThen(database: Database, asOf: Revision | number | undefined): StoreRevision {
  if (asOf === undefined) return writtenRevision(database)
  // Reading a past time closes it: nothing is added to it later, even if the clock is set back.
  if (typeof asOf === 'number' && asOf <= realNow()) closePast(database, asOf)
  return wholeRevisionAt(database, asOf)
}

function closePast(database: Database, asOf: number): void {
  if (lastReceivedAt(database) <= asOf) database.transaction(() => closeChanges(database, asOf))
}
