import type { QueueItem, ReviewClaim } from '@runtape/core/store'
import type { Queries } from '../database/database.ts'
import { sql } from '../database/sql.ts'
import { keyText } from '../database/values.ts'
import { receivedNow } from '../history/received-now.ts'
import type { Ids } from './reviewed.ts'

/** Claims are per trace, so that one reviewer at a time works on it, in any queue. */
export const itemKey = ({ runId = '', traceId }: Ids): string =>
  keyText(traceId === undefined ? `run ${runId}` : `trace ${traceId}`)

type StoredClaim = Ids & { readonly by: string }

interface ClaimRow {
  readonly item: string
  readonly until: number
  readonly claim: string
}

const claimOf = ({ claim, until }: ClaimRow): ReviewClaim => ({
  by: (JSON.parse(claim) as StoredClaim).by,
  until,
})

/** The claims on these items that have not expired, in their order. */
export async function claimsOn(
  queries: Queries,
  items: readonly Ids[],
): Promise<(ReviewClaim | undefined)[]> {
  const rows = await queries.rows<ClaimRow>(
    sql`SELECT item, until, claim FROM @review_claims
      WHERE item = ANY(${items.map(itemKey)}::text[]) AND until > ${receivedNow}`,
  )
  const claims = new Map(rows.map(row => [row.item, claimOf(row)]))
  return items.map(item => claims.get(itemKey(item)))
}

export async function claimedBy(
  queries: Queries,
  by: string,
): Promise<Pick<QueueItem, 'runId' | 'traceId'>[]> {
  const rows = await queries.rows<ClaimRow>(
    sql`SELECT item, until, claim FROM @review_claims WHERE reviewer = ${keyText(by)} AND until > ${receivedNow}`,
  )
  return rows.map(({ claim }) => {
    const { by: _, ...ids } = JSON.parse(claim) as StoredClaim
    return ids as Pick<QueueItem, 'runId' | 'traceId'>
  })
}

/** Claims an item, unless another reviewer has claimed it. */
export async function putClaim(
  queries: Queries,
  item: Ids,
  { by, claimMs }: { readonly by: string; readonly claimMs: number },
): Promise<ReviewClaim | undefined> {
  const { runId, traceId } = item
  const claim = JSON.stringify({ by, ...(traceId === undefined ? { runId } : { traceId }) })
  const [row] = await queries.rows<ClaimRow>(
    sql`INSERT INTO @review_claims AS known (item, reviewer, until, claim)
      VALUES (${itemKey(item)}, ${keyText(by)}, ${receivedNow} + ceil(${claimMs}::float8)::bigint, ${claim})
      ON CONFLICT (item) DO UPDATE SET reviewer = excluded.reviewer, until = excluded.until, claim = excluded.claim
        WHERE known.until <= ${receivedNow} OR known.reviewer = excluded.reviewer
      RETURNING item, until, claim`,
  )
  return row && claimOf(row)
}

/** Ends a claim. Returns whether it had not expired. */
export async function releaseClaim(queries: Queries, item: Ids, by: string): Promise<boolean> {
  const rows = await queries.rows<{ held: boolean }>(
    sql`DELETE FROM @review_claims WHERE item = ${itemKey(item)} AND reviewer = ${keyText(by)}
      RETURNING until > ${receivedNow} AS held`,
  )
  return rows[0]?.held === true
}
