import type { Revision as RevisionText } from '@runtape/core'
import { realNow } from '@runtape/core/internal'
import type { Database } from '../database/database.ts'
import type { RunRows } from '../rows/run-rows.ts'
import { type Revision, revisionAt, storeRevision, wholeRevisionAt } from './revisions.ts'

/** The revision that a read asks for. */
export interface AsOfQuery {
  readonly asOf: RevisionText | number | undefined
  /** Whether it reads spans or other changes, which the revisions of older versions do not cover. */
  readonly isWhole: boolean
}

/** Takes in everything received so far, and closes the time that is asked for if it is in the past. */
export async function catchUpTo(rows: RunRows, asOf: RevisionText | number | undefined): Promise<void> {
  await rows.catchUp()
  // Asking for a time in the past closes it: nothing is added to it later, whatever the clock says.
  if (typeof asOf === 'number' && asOf <= realNow()) rows.closePast(asOf)
}

/** The revision of a read: as it asks, or else the current one. */
export async function revisionAsOf(
  database: Database,
  rows: RunRows,
  { asOf, isWhole }: AsOfQuery,
): Promise<Revision> {
  await catchUpTo(rows, asOf)
  if (asOf === undefined) return storeRevision(database)
  return isWhole ? wholeRevisionAt(database, asOf) : revisionAt(database, asOf)
}
