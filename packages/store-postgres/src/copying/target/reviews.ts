import type { CopiedClaim, CopiedReview, CopyOutcome } from '@runtape/core/internal'
import type { Review } from '@runtape/core/store'
import { tombstoneOf } from '@runtape/core/store-helpers'
import { noteChanges } from '../../changes/note-change.ts'
import type { Queries } from '../../database/database.ts'
import { sql } from '../../database/sql.ts'
import { keyText } from '../../database/values.ts'
import { readTombstones } from '../../removal/tombstones.ts'
import { itemKey } from '../../reviews/claims.ts'
import { subjectOf } from '../../reviews/review-rows.ts'
import type { WriteContext } from './write-context.ts'

interface Ids {
  readonly runId?: string | undefined
  readonly traceId?: string | undefined
}

/** Reviews keep their ids, so each is added once. */
export async function writeReviews(
  { queries }: WriteContext,
  entries: readonly CopiedReview[],
): Promise<CopyOutcome> {
  const removed = await removedOf(
    queries,
    entries.map(({ review }) => review),
  )
  const kept = entries.filter(({ review }) => !removed(review))
  const known = await knownReviews(queries, kept)
  const fresh = kept.filter(({ review }) => !known.has(review.reviewId))
  await insertReviews(queries, fresh)
  const withdrawn = kept.filter(({ review }) => review.withdrawn && known.get(review.reviewId)?.stands)
  for (const { review } of withdrawn)
    await queries.run(
      sql`UPDATE @reviews SET withdrawn_xid = @current_xid(),
        withdrawn_received_at = ${Math.floor(review.withdrawn?.at ?? 0)} WHERE id = ${known.get(review.reviewId)?.id}`,
    )
  const changed = [...fresh, ...withdrawn].map(({ review }) => review.reviewId)
  await noteChanges(queries, 'review', changed)
  const copied = changed.length
  return { copied, known: entries.length - copied, conflicts: [] }
}

const namesOf = ({ runId, traceId }: Ids): string[] => [
  ...(runId === undefined ? [] : [tombstoneOf('run', runId)]),
  ...(traceId === undefined || runId !== undefined ? [] : [tombstoneOf('trace', traceId)]),
]

/** Whether the run or the trace was removed, so that nothing about it may be written. */
async function removedOf(queries: Queries, all: readonly Ids[]): Promise<(ids: Ids) => boolean> {
  const found = await readTombstones(queries, all.flatMap(namesOf), 'for copies')
  return ids => namesOf(ids).some(name => found.has(name))
}

interface Known {
  readonly id: number
  readonly stands: boolean
}

async function knownReviews(queries: Queries, entries: readonly CopiedReview[]): Promise<Map<string, Known>> {
  const rows = await queries.rows<{ id: number; review: string; stands: boolean }>(
    sql`SELECT id, review, withdrawn_xid IS NULL AS stands FROM @reviews
      WHERE subject = ANY(${[...new Set(entries.map(keyOf))]}::text[])`,
  )
  return new Map(
    rows.map(({ id, review, stands }) => [(JSON.parse(review) as Review).reviewId, { id, stands }]),
  )
}

const keyOf = ({ subject, review }: CopiedReview): string =>
  subjectOf({ kind: subject, id: (subject === 'run' ? review.runId : review.traceId) ?? '' })

async function insertReviews(queries: Queries, entries: readonly CopiedReview[]): Promise<void> {
  const of = <T>(value: (entry: CopiedReview) => T) => entries.map(value)
  const key = (id: string | undefined) => (id === undefined ? null : keyText(id))
  await queries.run(
    sql`INSERT INTO @reviews (id, received_at, subject, run_id, trace_id, reviewer, pass, review, withdrawn_xid,
        withdrawn_received_at)
      SELECT nextval('@ids'), received_at, subject, run_id, trace_id, reviewer, pass, review,
        CASE WHEN withdrawn_at IS NOT NULL THEN @current_xid() END, withdrawn_at
      FROM (SELECT * FROM unnest(${of(({ review }) => Math.floor(review.at))}::bigint[], ${of(keyOf)}::text[],
        ${of(({ review }) => key(review.runId))}::text[], ${of(({ review }) => key(review.traceId))}::text[],
        ${of(({ review }) => keyText(review.by))}::text[], ${of(({ review }) => review.pass ?? null)}::boolean[],
        ${of(({ review }) => storedJson(review))}::text[],
        ${of(({ review }) => (review.withdrawn ? Math.floor(review.withdrawn.at) : null))}::bigint[]) WITH ORDINALITY
        AS u(received_at, subject, run_id, trace_id, reviewer, pass, review, withdrawn_at, place) ORDER BY place) AS given`,
  )
}

function storedJson({ at: _, withdrawn: __, ...review }: Review): string {
  return JSON.stringify(review)
}

/** Of two claims, the later one counts: both reviewers were told, and the other claim ends earlier. */
export async function writeClaims(
  { queries }: WriteContext,
  entries: readonly CopiedClaim[],
): Promise<CopyOutcome> {
  const removed = await removedOf(queries, entries)
  let copied = 0
  for (const { by, until, ...ids } of entries.filter(entry => !removed(entry)))
    copied += await queries.run(
      sql`INSERT INTO @review_claims AS known (item, reviewer, until, claim)
        VALUES (${itemKey(ids)}, ${keyText(by)}, ${Math.floor(until)}, ${JSON.stringify({ by, ...ids })})
        ON CONFLICT (item) DO UPDATE SET reviewer = excluded.reviewer, until = excluded.until, claim = excluded.claim
          WHERE known.until < excluded.until`,
    )
  return { copied, known: entries.length - copied, conflicts: [] }
}
