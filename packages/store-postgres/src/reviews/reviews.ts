import { newRunId } from '@runtape/core/internal'
import type { Review, Reviews, Store } from '@runtape/core/store'
import {
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
import { noteChange } from '../changes/note-change.ts'
import type { Database, Queries } from '../database/database.ts'
import { sql } from '../database/sql.ts'
import { keyText } from '../database/values.ts'
import { now } from '../history/moment.ts'
import { receivedNow } from '../history/received-now.ts'
import { readRun } from '../records/read-runs.ts'
import { buriedAmong } from '../removal/tombstones.ts'
import { itemKey, releaseClaim } from './claims.ts'
import { lockItem, reviewBook } from './review-book.ts'
import { listReviews, type ReviewRow, reviewOf, subjectOf } from './review-rows.ts'
import type { Ids } from './reviewed.ts'

/** The `reviews` part of the store. */
export function reviewsPart(database: Database, reads: Pick<Store, 'runs' | 'cohorts'>): Reviews {
  const book = reviewBook(database)
  return {
    put: async given => {
      const review = readReview(given)
      return database.write(queries => insertReview(queries, review), ['append', 'shared'])
    },
    withdraw: async given => {
      const { subject, by } = readReviewer('reviews.withdraw', given)
      return database.write(queries => withdraw(queries, subject, by), ['append', 'shared'])
    },
    list: async query => listReviews(database, readReviewQuery(query)),
    queue: async query => queuePage(reads, book, readQueueQuery(query)),
    next: async query => nextItem(reads, book, readNext(query)),
    release: async given => {
      const { subject, by } = readReviewer('reviews.release', given)
      return database.write(async queries => releaseClaim(queries, (await idsOf(queries, subject)).ids, by))
    },
    progress: async queue => reviewProgress(reads, book, readProgress(queue)),
  }
}

/** The run and its trace, or the trace, and whether the store has it and is not removing it. */
async function idsOf(
  queries: Queries,
  { kind, id }: CheckedSubject,
): Promise<{ readonly ids: Ids; readonly isThere: boolean }> {
  const runId = kind === 'run' ? id : undefined
  const run = runId === undefined ? undefined : await readRun(queries, runId, now)
  const traceId = runId === undefined ? id : run?.traceId
  const isBuried = await buriedAmong(queries, [{ runId, traceId }])
  if (runId !== undefined) {
    const isTraced = traceId !== undefined && !isBuried({ traceId })
    return {
      ids: { runId, ...(isTraced && { traceId }) },
      isThere: run !== undefined && !isBuried({ runId }),
    }
  }
  const roots = await queries.rows(
    sql`SELECT 1 FROM @spans WHERE trace_id = ${keyText(id)} AND parent_span_id IS NULL LIMIT 1`,
  )
  return { ids: { traceId: id }, isThere: roots.length > 0 && !isBuried({ traceId }) }
}

async function insertReview(queries: Queries, { subject, ...said }: CheckedReview): Promise<Review> {
  const { ids, isThere } = await idsOf(queries, subject)
  // What was erased is not there: no comment on it is kept.
  if (!isThere) throw nothingToReview(subject)
  await lockItem(queries, itemKey(ids))
  const { by, pass = null } = said
  const json = JSON.stringify({ reviewId: newRunId(), ...ids, ...said })
  const [row] = await queries.rows<ReviewRow>(
    sql`INSERT INTO @reviews (id, received_at, subject, run_id, trace_id, reviewer, pass, review)
      VALUES (nextval('@ids'), ${receivedNow}, ${subjectOf(subject)}, ${ids.runId && keyText(ids.runId)},
        ${ids.traceId && keyText(ids.traceId)}, ${keyText(by)}, ${pass}, ${json})
      RETURNING id, received_at, review, withdrawn_received_at AS withdrawn_at`,
  )
  await releaseClaim(queries, ids, by)
  return noted(queries, reviewOf(row as ReviewRow))
}

/** Withdraws the newest review of a person that stands. */
async function withdraw(queries: Queries, subject: CheckedSubject, by: string): Promise<Review | undefined> {
  const key = subjectOf(subject)
  // Two withdrawals at the same time withdraw two reviews.
  await lockItem(queries, key)
  const [row] = await queries.rows<ReviewRow>(
    sql`UPDATE @reviews SET withdrawn_xid = @current_xid(), withdrawn_received_at = ${receivedNow}
      WHERE id = (SELECT max(id) FROM @reviews
        WHERE subject = ${key} AND reviewer = ${keyText(by)} AND withdrawn_xid IS NULL)
      RETURNING id, received_at, review, withdrawn_received_at AS withdrawn_at`,
  )
  return row && noted(queries, reviewOf(row))
}

async function noted(queries: Queries, review: Review): Promise<Review> {
  await noteChange(queries, 'review', review.reviewId)
  return review
}
