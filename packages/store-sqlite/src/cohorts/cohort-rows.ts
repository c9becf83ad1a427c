import type { Payload } from '@runtape/core'
import type { Cohort, CohortVersion } from '@runtape/core/store'
import type { CohortRef } from '@runtape/core/store-helpers'
import type { Database } from '../database/database.ts'

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

/** Up to `limit` versions before another one, newest first. */
export const selectVersions = (
  database: Database,
  cohort: number,
  before: number,
  limit: number,
): VersionRow[] =>
  database.all(
    `SELECT ${versionColumns} FROM cohort_versions WHERE cohort = ? AND version < ? ORDER BY version DESC LIMIT ?`,
    cohort,
    before,
    limit,
  )

/** A cohort that is visible to readers, at the requested version. */
export interface FoundCohort {
  readonly row: CohortRow
  readonly version: VersionRow
}

export function findCohort(database: Database, { name, version }: CohortRef): FoundCohort | undefined {
  const row = selectCohort(database, name)
  const found = row && selectVersion(database, row.id, version ?? row.version)
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
