import type { Revision } from '@runtape/core'
import { realNow } from '@runtape/core/internal'
import type { Database } from '../database/database.ts'
import { insertChange } from '../history/next-change.ts'
import { lastChangeAt, wholeRevisionAt } from '../history/revisions.ts'

/** Of all changes. */
export const everything = Number.MAX_SAFE_INTEGER

/** The last change that was known at a revision or a time; by default all are. */
export function changeAt(database: Database, asOf: Revision | number | undefined): number {
  if (asOf === undefined) return everything
  // Asking for a time in the past closes it: nothing is added to it later, whatever the clock says.
  if (typeof asOf === 'number' && asOf <= realNow()) closeChanges(database, asOf)
  return wholeRevisionAt(database, asOf).changeId
}

function closeChanges(database: Database, asOf: number): void {
  if (lastChangeAt(database) > asOf) return
  database.transaction(() => {
    if (lastChangeAt(database) <= asOf) insertChange(database, Math.max(realNow(), asOf + 1))
  })
}
