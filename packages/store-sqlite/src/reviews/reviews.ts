import { newRunId, realNow } from '@runtape/core/internal'
import type { Review, Reviews, Store } from '@runtape/core/store'
import {
  type CheckedQueue,
  type CheckedReview,
  type CheckedSubject,
  nextItem,
  nothingToReview,
  queuePage,
  readNext,
  readProgress,
  readQueueQuery,
  readReview,
  readReviewer,
  readReviewQuery,
  reviewProgress,
} from '@runtape/core/store-helpers'
import type { Database } from '../database/database.ts'
import { nextChange } from '../history/next-change.ts'
import { revisionText } from '../history/revisions.ts'
import type { Reads } from '../reading/reads.ts'
import { known, runsWithIds } from '../records/runs-with-ids.ts'
import { everything } from '../test-runs/known-then.ts'
import { releaseClaim, reviewBook } from './review-book.ts'
import { listReviews, type ReviewRow, reviewOfRow, subjectOf } from './review-rows.ts'

/** The queue with its time resolved to a revision once, not for every item. */
async function atRevision<Q extends CheckedQueue>(database: Database, reads: Reads, queue: Q): Promise<Q> {
  if (typeof queue.asOf !== 'number') return queue
  const revision = await reads.asOf({ asOf: queue.asOf, isWhole: true })
  return { ...queue, asOf: revisionText(database, revision) }
}

/** The `reviews` part of the store. */
export function reviewQueries(
  database: Database,
  reads: Pick<Store, 'runs' | 'cohorts'>,
  background: Reads,
): Reviews {
  const book = reviewBook(database, background)
  return {
    put: async given => {
      const review = readReview(given)
      return database.transaction(() => insertReview(database, review))
    },
    withdraw: async given => {
      const { subject, by } = readReviewer('reviews.withdraw', given)
      return database.transaction(() => withdraw(database, subject, by))
    },
    list: async query => listReviews(database, readReviewQuery(query)),
    queue: async query =>
      queuePage(reads, book, await atRevision(database, background, readQueueQuery(query))),
    next: async query => nextItem(reads, book, readNext(query)),
    release: async given => {
      const { subject, by } = readReviewer('reviews.release', given)
      return database.transaction(() => releaseClaim(database, idsOf(database, subject), by))
    },
    progress: async queue =>
      reviewProgress(reads, book, await atRevision(database, background, readProgress(queue))),
  }
}

type Ids = Pick<Review, 'runId' | 'traceId'>

/** The run and its trace, or the trace. */
function idsOf(database: Database, { kind, id }: CheckedSubject): Ids {
  if (kind === 'trace') return { traceId: id }
  const traceId = runsWithIds(database, [id], known)[0]?.traceId
  return { runId: id, ...(traceId !== undefined && { traceId }) }
}

function insertReview(database: Database, { subject, by, pass, scores, comment }: CheckedReview): Review {
  if (!isThere(database, subject)) throw nothingToReview(subject)
  const ids = idsOf(database, subject)
  const reviewId = newRunId()
  database.run(
    `INSERT INTO reviews (change_id, review_id, subject, run_id, trace_id, by, pass, scores_json, comment, at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    nextChange(database, { kind: 'review', id: reviewId }),
    reviewId,
    subjectOf(subject),
    ids.runId ?? null,
    ids.traceId ?? null,
    by,
    pass === undefined ? null : Number(pass),
    scores ? JSON.stringify(scores) : null,
    comment ?? null,
    realNow(),
  )
  releaseClaim(database, ids, by)
  return reviewOfRow(
    database.get<ReviewRow>('SELECT * FROM reviews ORDER BY id DESC LIMIT 1') as ReviewRow,
    everything,
  )
}

// What was erased is not there: no comment on it is kept.
function isThere(database: Database, { kind, id }: CheckedSubject): boolean {
  const sql =
    kind === 'run'
      ? "SELECT 1 FROM run_events WHERE run_id = ? AND replay_trace_id = '' LIMIT 1"
      : 'SELECT 1 FROM span_rows WHERE trace_id = ? AND parent_span_id IS NULL LIMIT 1'
  return id !== '' && database.get(sql, id) !== undefined
}

function withdraw(database: Database, subject: CheckedSubject, by: string): Review | undefined {
  const newest = database.get<ReviewRow>(
    `SELECT * FROM reviews WHERE subject = ? AND by = ? AND withdrawn_change_id IS NULL ORDER BY id DESC LIMIT 1`,
    subjectOf(subject),
    by,
  )
  if (!newest) return undefined
  database.run(
    'UPDATE reviews SET withdrawn_change_id = ?, withdrawn_at = ?, withdrawn_by = ? WHERE id = ?',
    nextChange(database, { kind: 'review', id: newest.review_id }),
    realNow(),
    by,
    newest.id,
  )
  const row = database.get<ReviewRow>('SELECT * FROM reviews WHERE id = ?', newest.id)
  return row && reviewOfRow(row, everything)
}
