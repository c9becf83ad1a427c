import type { Queries } from '../database/database.ts'
import { sql } from '../database/sql.ts'
import { keyText } from '../database/values.ts'
import { itemKey } from './claims.ts'

/** For runs that are removed. */
export async function removeReviewsOfRuns(queries: Queries, runIds: readonly string[]): Promise<void> {
  await queries.run(sql`DELETE FROM @reviews WHERE run_id = ANY(${runIds.map(keyText)}::text[])`)
  const items = runIds.map(runId => itemKey({ runId }))
  await queries.run(sql`DELETE FROM @review_claims WHERE item = ANY(${items}::text[])`)
}

/** For traces that are removed. Reviews of runs that stay lose only the name of the trace. */
export async function removeReviewsOfTraces(queries: Queries, traceKeys: readonly string[]): Promise<void> {
  await queries.run(sql`DELETE FROM @reviews WHERE trace_id = ANY(${traceKeys}::text[]) AND run_id IS NULL`)
  const rows = await queries.rows<{ id: number; review: string }>(
    sql`SELECT id, review FROM @reviews WHERE trace_id = ANY(${traceKeys}::text[]) FOR UPDATE`,
  )
  const texts = rows.map(({ review }) => JSON.stringify({ ...JSON.parse(review), traceId: undefined }))
  await queries.run(
    sql`UPDATE @reviews AS one SET trace_id = NULL, review = u.review
      FROM unnest(${rows.map(({ id }) => id)}::bigint[], ${texts}::text[]) AS u(id, review) WHERE one.id = u.id`,
  )
  const items = traceKeys.map(traceId => itemKey({ traceId }))
  await queries.run(sql`DELETE FROM @review_claims WHERE item = ANY(${items}::text[])`)
}
