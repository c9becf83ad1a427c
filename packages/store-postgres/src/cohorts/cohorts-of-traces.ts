import type { Queries } from '../database/database.ts'
import { sql } from '../database/sql.ts'
import { keyText } from '../database/values.ts'

/** The names of the cohorts whose newest version has a trace, by the key of the trace. */
export async function cohortsOfTraces(
  queries: Queries,
  traceIds: readonly string[],
): Promise<Map<string, string[]>> {
  const rows = await queries.rows<{ trace_id: string; name: string }>(
    sql`SELECT entry.trace_id, cohort.name FROM @cohort_entries AS entry JOIN @cohorts AS cohort ON cohort.id = entry.cohort
      WHERE entry.trace_id = ANY(${traceIds.map(keyText)}::text[]) AND entry.until IS NULL`,
  )
  const byTrace = Map.groupBy(rows, ({ trace_id }) => trace_id)
  return new Map([...byTrace].map(([key, own]) => [key, own.map(({ name }) => name)]))
}
