import type { Cohort, CohortVersion } from '@runtape/core/store'
import type { CohortRef } from '@runtape/core/store-helpers'
import type { Queries } from '../database/database.ts'
import { allOf, raw, type Sql, sql } from '../database/sql.ts'
import { isReceived, type Moment } from '../history/moment.ts'

export interface VersionRow {
  readonly cohort: number
  readonly name: string
  readonly version: number
  readonly received_at: number
  readonly author: string
  readonly size: number
  readonly added: number
  readonly changed: number
  readonly removed: number
}

/** The entries of a version. */
export const inVersion = (version: Sql | number): Sql =>
  sql`entry.since <= ${version} AND (entry.until IS NULL OR entry.until > ${version})`

/** Whether the trace of an entry is on the tape. */
const isOnTape = raw(
  'EXISTS (SELECT 1 FROM @spans AS span WHERE span.trace_id = entry.trace_id AND span.parent_span_id IS NULL)',
)

/** The row of a version as known at a moment. Default: the newest one then. */
export async function findVersion(
  queries: Queries,
  { name, version }: CohortRef,
  moment: Moment,
): Promise<VersionRow | undefined> {
  const isWanted = version === undefined ? undefined : sql`one.version = ${version}`
  const [row] = await queries.rows<VersionRow>(
    sql`SELECT one.*, cohort.name FROM @cohorts AS cohort JOIN @cohort_versions AS one ON one.cohort = cohort.id
      WHERE ${allOf([sql`cohort.name = ${name}`, isWanted, isReceived(moment, 'one')])}
      ORDER BY one.version DESC LIMIT 1`,
  )
  return row
}

/** Cohorts at the versions of these rows. */
export async function cohortsOf(queries: Queries, rows: readonly VersionRow[]): Promise<Cohort[]> {
  const counts = await queries.rows<{ cohort: number; gone: number }>(
    sql`SELECT wanted.cohort, (SELECT count(*) FROM @cohort_entries AS entry
        WHERE entry.cohort = wanted.cohort AND ${inVersion(raw('wanted.version'))} AND NOT ${isOnTape}) AS gone
      FROM unnest(${rows.map(row => row.cohort)}::bigint[], ${rows.map(row => row.version)}::bigint[])
        AS wanted(cohort, version)`,
  )
  const gone = new Map(counts.map(row => [row.cohort, row.gone]))
  return rows.map(row => ({ name: row.name, ...versionOf(row), gone: gone.get(row.cohort) ?? 0 }))
}

export const versionOf = (row: VersionRow): CohortVersion => ({
  version: row.version,
  at: row.received_at,
  ...(JSON.parse(row.author) as Pick<CohortVersion, 'by' | 'comment'>),
  size: row.size,
  added: row.added,
  changed: row.changed,
  removed: row.removed,
})
