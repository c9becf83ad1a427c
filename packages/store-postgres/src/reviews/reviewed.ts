import type { Queries } from '../database/database.ts'
import { allOf, sql } from '../database/sql.ts'
import { keyText } from '../database/values.ts'
import type { Moment } from '../history/moment.ts'
import { stands } from './review-rows.ts'

/** A run, or a trace as a whole. */
export interface Ids {
  readonly runId?: string | undefined
  readonly traceId?: string | undefined
}

/** Whose reviews count, and as of when. */
export interface Reviewing {
  /** `undefined` for all reviewers. */
  readonly by: string | undefined
  readonly moment: Moment
}

/**
 * Says which of these have a standing review. A review of a run covers the run and its trace, but no other run; one of a
 * trace covers all its runs.
 */
export async function reviewedAmong(
  queries: Queries,
  all: readonly Ids[],
  { by, moment }: Reviewing,
): Promise<(one: Ids) => boolean> {
  const keysOf = (field: keyof Ids) => [...new Set(all.flatMap(one => one[field] ?? []))].map(keyText)
  const rows = await queries.rows<{ run_id: string | null; trace_id: string | null }>(
    sql`SELECT DISTINCT run_id, trace_id FROM @reviews AS one WHERE ${allOf([
      sql`(run_id = ANY(${keysOf('runId')}::text[]) OR trace_id = ANY(${keysOf('traceId')}::text[]))`,
      stands(moment, 'one'),
      by === undefined ? undefined : sql`reviewer = ${keyText(by)}`,
    ])}`,
  )
  const runs = new Set(rows.map(row => row.run_id))
  const traces = new Set(rows.filter(row => row.run_id === null).map(row => row.trace_id))
  const inTraces = new Set(rows.map(row => row.trace_id))
  return ({ runId, traceId }) => {
    const trace = traceId === undefined ? undefined : keyText(traceId)
    if (runId === undefined) return trace !== undefined && inTraces.has(trace)
    return runs.has(keyText(runId)) || (trace !== undefined && traces.has(trace))
  }
}
