import type { Queries } from '../database/database.ts'
import { sql } from '../database/sql.ts'

interface Touched {
  readonly cohort: number
  readonly version: number
  readonly traces: number
}

/** Clears the entries of removed traces, and the comments of changes whose traces were all removed. */
export async function forgetInCohorts(queries: Queries, traceKeys: readonly string[]): Promise<void> {
  const touched = await queries.rows<Touched>(
    sql`SELECT cohort, version, count(DISTINCT trace_id) AS traces FROM (
        SELECT cohort, since AS version, trace_id FROM @cohort_entries
          WHERE trace_id = ANY(${traceKeys}::text[]) AND NOT is_gone
        UNION ALL SELECT cohort, until, trace_id FROM @cohort_entries
          WHERE trace_id = ANY(${traceKeys}::text[]) AND NOT is_gone AND until IS NOT NULL
      ) AS entry GROUP BY cohort, version ORDER BY cohort, version`,
  )
  if (touched.length === 0) return
  await clearEntries(queries, traceKeys)
  await countGone(queries, touched)
}

/** What was said about the traces goes; that they were in the cohort stays. */
async function clearEntries(queries: Queries, traceKeys: readonly string[]): Promise<void> {
  const rows = await queries.rows<{ id: number; entry: string }>(
    sql`SELECT id, entry FROM @cohort_entries WHERE trace_id = ANY(${traceKeys}::text[]) AND NOT is_gone ORDER BY id FOR UPDATE`,
  )
  const texts = rows.map(({ entry }) => JSON.stringify({ traceId: JSON.parse(entry).traceId }))
  await queries.run(
    sql`UPDATE @cohort_entries AS entry SET is_gone = true, entry = u.entry
      FROM unnest(${rows.map(({ id }) => id)}::bigint[], ${texts}::text[]) AS u(id, entry) WHERE entry.id = u.id`,
  )
}

async function countGone(queries: Queries, touched: readonly Touched[]): Promise<void> {
  const of = (name: keyof Touched) => touched.map(each => each[name])
  const versions = await queries.rows<{ cohort: number; version: number; author: string; is_gone: boolean }>(
    sql`UPDATE @cohort_versions AS one SET gone_traces = gone_traces + u.traces
      FROM unnest(${of('cohort')}::bigint[], ${of('version')}::bigint[], ${of('traces')}::bigint[])
        AS u(cohort, version, traces)
      WHERE one.cohort = u.cohort AND one.version = u.version
      RETURNING one.cohort, one.version, one.author, gone_traces >= added + changed + removed AS is_gone`,
  )
  const silent = versions.filter(({ is_gone }) => is_gone)
  const authors = silent.map(({ author }) => JSON.stringify({ ...JSON.parse(author), comment: undefined }))
  await queries.run(
    sql`UPDATE @cohort_versions AS one SET author = u.author
      FROM unnest(${silent.map(({ cohort }) => cohort)}::bigint[], ${silent.map(({ version }) => version)}::bigint[],
        ${authors}::text[]) AS u(cohort, version, author)
      WHERE one.cohort = u.cohort AND one.version = u.version`,
  )
}
