import type { CopiedClaim, CopiedReview, CopyBatch } from '@runtape/core/internal'
import type { Database } from '../../database/database.ts'
import { type ReviewRow, reviewOfRow } from '../../reviews/review-rows.ts'
import { everything } from '../../test-runs/known-then.ts'
import { changingBatches } from './test-runs.ts'

type SubjectRow = ReviewRow & { readonly subject: string }

export const reviewBatches = (
  database: Database,
  after: string | undefined,
): Generator<CopyBatch<'reviews'>> =>
  changingBatches<'reviews', SubjectRow, CopiedReview>(
    database,
    'reviews',
    {
      table: 'reviews',
      changed: 'withdrawn_change_id',
      after,
      sql: 'SELECT * FROM reviews WHERE $where ORDER BY reviews.id LIMIT 500',
    },
    row => ({
      subject: row.subject.startsWith('run ') ? 'run' : 'trace',
      review: reviewOfRow(row, everything),
    }),
  )

interface ClaimRow {
  readonly run_id: string | null
  readonly trace_id: string | null
  readonly by: string
  readonly until: number
}

/** The claims that have not expired. */
export function* claimBatches(database: Database, now: number): Generator<CopyBatch<'claims'>> {
  const rows = database.all<ClaimRow>('SELECT * FROM review_claims WHERE until > ?', now)
  const entries = rows.map(
    ({ run_id, trace_id, by, until }): CopiedClaim => ({
      by,
      until,
      ...(trace_id !== null ? { traceId: trace_id } : run_id !== null && { runId: run_id }),
    }),
  )
  yield { kind: 'claims', entries, position: '' }
}
