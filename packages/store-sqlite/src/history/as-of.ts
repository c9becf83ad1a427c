import { realNow } from '@runtape/core/internal'
import type { Revision as RevisionText } from '@runtape/core/store'
import type { Database } from '../database/database.ts'
import type { RunRows } from '../rows/run-rows.ts'
import { type Revision, revisionAt, storeRevision, wholeRevisionAt } from './revisions.ts'

/** The requested revision of a read. */
export interface AsOfQuery {
  readonly asOf: RevisionText | number | undefined
  /** Whether it reads spans or other changes, which the revisions of older versions do not cover. */
  readonly isWhole: boolean
}

/** Brings the rows of runs up to date, and closes the requested time if it is in the past. */
export async function catchUpTo(rows: RunRows, asOf: RevisionText | number | undefined): Promise<void> {
  await rows.catchUp()
  // Reading a past time closes it: nothing is added to it later, even if the clock is set back.
  if (typeof asOf === 'number' && asOf <= realNow()) rows.closePast(asOf)
}

/** The revision of a read: the requested one. Default: the current one. */
export async function revisionAsOf(
  database: Database,
  rows: RunRows,
  { asOf, isWhole }: AsOfQuery,
): Promise<Revision> {
  await catchUpTo(rows, asOf)
  if (asOf === undefined) return storeRevision(database)
  return isWhole ? wholeRevisionAt(database, asOf) : revisionAt(database, asOf)
}
