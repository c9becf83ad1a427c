import type { CopiedClaim, CopiedReview, CopyOutcome } from '@runtape/core/internal'
import { isRemoved } from '../../carrying/carry-reviews.ts'
import type { Database } from '../../database/database.ts'
import { nextChange } from '../../history/next-change.ts'
import { subjectOf } from '../../reviews/review-rows.ts'
import { outcomeOf } from './outcomes.ts'
import type { WriteContext } from './write-context.ts'

/** Reviews keep their ids, so each is added once. */
export const writeReviews = ({ database }: WriteContext, entries: readonly CopiedReview[]): CopyOutcome =>
  outcomeOf(
    entries,
    ({ review }) => `review ${review.reviewId}`,
    entry => writeReview(database, entry),
  )

function writeReview(database: Database, { subject, review }: CopiedReview) {
  const { reviewId, runId = null, traceId = null, withdrawn } = review
  if (isRemoved(database, { run_id: runId, trace_id: traceId })) return 'known'
  const key = subjectOf({ kind: subject, id: (subject === 'run' ? runId : traceId) ?? '' })
  const known = database.get<{ id: number; withdrawn_change_id: number | null }>(
    'SELECT id, withdrawn_change_id FROM reviews WHERE subject = ? AND review_id = ?',
    key,
    reviewId,
  )
  if (known && (known.withdrawn_change_id !== null || !withdrawn)) return 'known'
  const change = () => nextChange(database, { kind: 'review', id: reviewId })
  const id =
    known?.id ??
    database.get<{ id: number }>(
      `INSERT INTO reviews (change_id, review_id, subject, run_id, trace_id, by, pass, scores_json, comment, at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id`,
      change(),
      reviewId,
      key,
      runId,
      traceId,
      review.by,
      review.pass === undefined ? null : Number(review.pass),
      review.scores === undefined ? null : JSON.stringify(review.scores),
      review.comment ?? null,
      review.at,
    )?.id ??
    0
  if (withdrawn)
    database.run(
      'UPDATE reviews SET withdrawn_change_id = ?, withdrawn_at = ?, withdrawn_by = ? WHERE id = ?',
      change(),
      withdrawn.at,
      withdrawn.by ?? null,
      id,
    )
  return 'copied'
}

/** Of two claims, the later one counts: both reviewers were told, and the other claim ends earlier. */
export function writeClaims({ database }: WriteContext, entries: readonly CopiedClaim[]): CopyOutcome {
  let copied = 0
  for (const { by, until, runId = null, traceId = null } of entries) {
    if (isRemoved(database, { run_id: runId, trace_id: traceId })) continue
    copied += database.run(
      `INSERT INTO review_claims (item, run_id, trace_id, by, until) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (item) DO UPDATE SET run_id = excluded.run_id, trace_id = excluded.trace_id, by = excluded.by,
         until = excluded.until WHERE until < excluded.until`,
      traceId === null ? `run ${runId}` : `trace ${traceId}`,
      runId,
      traceId,
      by,
      until,
    )
  }
  return { copied, known: entries.length - copied, conflicts: [] }
}
