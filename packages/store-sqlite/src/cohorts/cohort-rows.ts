import type { Payload } from '@runtape/core'
import type { Cohort, CohortVersion } from '@runtape/core/store'
import type { CohortRef } from '@runtape/core/store-helpers'
import { Conditions } from '../database/conditions.ts'
import type { Database } from '../database/database.ts'
import { everything } from '../test-runs/known-then.ts'

export interface CohortRow {
  readonly id: number
  readonly name: string
  /** The newest complete version. */
  readonly version: number
  readonly writing: string | null
  readonly writing_until: number | null
  /** Traces that the change being written touched, and that were removed since. */
  readonly writing_gone: number
}

export interface VersionRow {
  readonly version: number
  readonly at: number
  readonly by: string | null
  readonly comment: string | null
  readonly size: number
  readonly added: number
  readonly changed: number
  readonly removed: number
}

export interface EntryRow {
  readonly id: number
  readonly trace_id: string
  readonly position: number
  readonly gone: number
  readonly note: string | null
  readonly expected_json: string | null
  readonly expected_marks_json: string | null
}

/** SQL condition for the entries of a version. Its two parameters are both the version. */
export const inVersion = 'since <= ? AND (until IS NULL OR until > ?)'

const versionColumns = 'version, at, by, comment, size, added, changed, removed'

/** The row of a cohort by its name, complete or not. */
export const selectCohort = (database: Database, name: string): CohortRow | undefined =>
  database.get('SELECT * FROM cohorts WHERE name = ?', name)

export const selectVersion = (database: Database, cohort: number, version: number): VersionRow | undefined =>
  database.get(
    `SELECT ${versionColumns} FROM cohort_versions WHERE cohort = ? AND version = ?`,
    cohort,
    version,
  )

/** The versions of a cohort, as known after a change. */
export const versionsThen = (cohort: number, changeId: number): Conditions =>
  new Conditions().add('cohort = ?', cohort).add('change_id <= ?', changeId)

export const selectVersions = (
  database: Database,
  where: Conditions,
  order: string,
  limit: number,
): VersionRow[] =>
  database.select(`SELECT ${versionColumns} FROM cohort_versions WHERE ${where.sql} ${order} LIMIT ?`, [
    ...where.params,
    limit,
  ])

/** A cohort that is visible to readers, at the requested version. */
export interface FoundCohort {
  readonly row: CohortRow
  readonly version: VersionRow
}

/** @param changeId the last change that is known. Default: all */
export function findCohort(
  database: Database,
  { name, version }: CohortRef,
  changeId = everything,
): FoundCohort | undefined {
  const row = selectCohort(database, name)
  if (row === undefined) return undefined
  const where = versionsThen(row.id, changeId).addIf('version = ?', version)
  const [found] = selectVersions(database, where, 'ORDER BY version DESC', 1)
  return found && { row, version: found }
}

export function cohortOf(database: Database, { row, version }: FoundCohort): Cohort {
  const gone = database.get<{ n: number }>(
    `SELECT count(*) AS n FROM cohort_entries WHERE cohort = ? AND gone = 1 AND ${inVersion}`,
    row.id,
    version.version,
    version.version,
  )
  return { name: row.name, ...versionOf(version), gone: gone?.n ?? 0 }
}

export function versionOf({ by, comment, ...counts }: VersionRow): CohortVersion {
  return { ...counts, ...(by !== null && { by }), ...(comment !== null && { comment }) }
}

export function expectedOf({
  expected_json: json,
  expected_marks_json: marks,
}: EntryRow): Payload | undefined {
  if (json === null) return undefined
  return { json, ...(marks !== null && (JSON.parse(marks) as Omit<Payload, 'json'>)) }
}

/** The columns of an expected output. */
export function expectedColumns(
  expected: Payload | undefined,
): readonly [json: string | null, marks: string | null] {
  if (expected === undefined) return [null, null]
  const { json, meta, lossy, truncated, redacted } = expected
  const marks = { meta, lossy, truncated, redacted }
  const hasMarks = Object.values(marks).some(mark => mark !== undefined)
  return [json, hasMarks ? JSON.stringify(marks) : null]
}
