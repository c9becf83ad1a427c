import { tombstoneOf } from '@runtape/core/store-helpers'
import { inOwnTransaction } from '../append/append-in-slices.ts'
import type { Database } from '../database/database.ts'
import { otherWork } from '../database/other-work.ts'
import { noteRemoval } from '../history/next-change.ts'
import { findCohort } from './cohort-rows.ts'

const entriesAtOnce = 100

/** Prefix of the names of cohorts whose entries are being removed. It is not valid in the name of a cohort. */
const removedName = '@removed '

export const isRemovedCohort = (name: string): boolean => name.startsWith(removedName)

/** Removes a cohort with all its versions. Resolves to whether there was one. */
export async function removeCohort(
  database: Database,
  busyTimeoutMs: number,
  name: string,
): Promise<boolean> {
  let isFound = false
  await inOwnTransaction(database, busyTimeoutMs, () => {
    const found = findCohort(database, { name })
    if (found === undefined) return
    isFound = true
    const { id, version } = found.row
    database.run(
      'INSERT OR REPLACE INTO removed_cohorts (name_hash, version) VALUES (?, ?)',
      tombstoneOf('cohort', name),
      version,
    )
    noteRemoval(database, 'cohort', name)
    database.run('DELETE FROM cohort_versions WHERE cohort = ?', id)
    // If this process ends before the last entry is removed, the next removal of any cohort finds the rest.
    database.run('UPDATE cohorts SET name = ?, writing = NULL WHERE id = ?', `${removedName}${id}`, id)
  })
  const removed = database.all<{ id: number }>('SELECT id FROM cohorts WHERE name GLOB ?', `${removedName}*`)
  for (const { id } of removed) await removeEntries(database, busyTimeoutMs, id)
  return isFound
}

async function removeEntries(database: Database, busyTimeoutMs: number, cohort: number): Promise<void> {
  for (let removed = entriesAtOnce; removed === entriesAtOnce; ) {
    await otherWork()
    await inOwnTransaction(database, busyTimeoutMs, () => {
      removed = database.run(
        `DELETE FROM cohort_entries WHERE id IN (SELECT id FROM cohort_entries WHERE cohort = ? LIMIT ${entriesAtOnce})`,
        cohort,
      )
      if (removed < entriesAtOnce) database.run('DELETE FROM cohorts WHERE id = ?', cohort)
    })
  }
}

/** Clears the entries of a removed trace, and the comments of changes whose traces were all removed. */
export function forgetInCohorts(database: Database, traceId: string): void {
  const touched = database.all<{ cohort: number; version: number }>(
    `SELECT cohort, since AS version FROM cohort_entries WHERE trace_id = ? AND gone = 0
     UNION SELECT cohort, until FROM cohort_entries WHERE trace_id = ? AND gone = 0 AND until IS NOT NULL`,
    traceId,
    traceId,
  )
  if (touched.length === 0) return
  database.run(
    `UPDATE cohort_entries SET gone = 1, note = NULL, expected_json = NULL, expected_marks_json = NULL WHERE trace_id = ?`,
    traceId,
  )
  for (const { cohort, version } of touched) {
    database.run(
      `UPDATE cohort_versions SET touched_left = touched_left - 1, comment = iif(touched_left > 1, comment, NULL)
       WHERE cohort = ? AND version = ?`,
      cohort,
      version,
    )
    // A change that is being written has no version yet.
    database.run(
      'UPDATE cohorts SET writing_gone = writing_gone + 1 WHERE id = ? AND version + 1 = ?',
      cohort,
      version,
    )
  }
}
