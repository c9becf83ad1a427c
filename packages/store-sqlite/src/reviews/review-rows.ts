import type { Page, Review } from '@runtape/core/store'
import type { CheckedReviewQuery, CheckedSubject } from '@runtape/core/store-helpers'
import { Conditions } from '../database/conditions.ts'
import type { Database } from '../database/database.ts'
import { decodeCursor, fromCursor, type ListOrder, type PageRead, pageOfRows } from '../listing/cursors.ts'
import { revisionThen } from '../test-runs/known-then.ts'

export interface ReviewRow {
  readonly id: number
  readonly review_id: string
  readonly run_id: string | null
  readonly trace_id: string | null
  readonly by: string
  readonly pass: number | null
  readonly scores_json: string | null
  readonly comment: string | null
  readonly at: number
  readonly withdrawn_change_id: number | null
  readonly withdrawn_at: number | null
  readonly withdrawn_by: string | null
}

export const subjectOf = ({ kind, id }: CheckedSubject): string => `${kind} ${id}`

/** A review as known after a change. */
export function reviewOfRow(row: ReviewRow, changeId: number): Review {
  const { run_id, trace_id, pass, scores_json, comment, withdrawn_change_id, withdrawn_at, withdrawn_by } =
    row
  const isWithdrawn = withdrawn_change_id !== null && withdrawn_change_id <= changeId
  return {
    reviewId: row.review_id,
    ...(run_id !== null && { runId: run_id }),
    ...(trace_id !== null && { traceId: trace_id }),
    by: row.by,
    ...(pass !== null && { pass: pass === 1 }),
    ...(scores_json !== null && { scores: JSON.parse(scores_json) as Record<string, number> }),
    ...(comment !== null && { comment }),
    at: row.at,
    ...(isWithdrawn && {
      withdrawn: { at: withdrawn_at ?? 0, ...(withdrawn_by !== null && { by: withdrawn_by }) },
    }),
  }
}

const stands = (of: string): string => `(${of}.withdrawn_change_id IS NULL OR ${of}.withdrawn_change_id > ?)`

/** Newest first. */
const listOrder: ListOrder = {
  columns: ['review.id'],
  isDescending: true,
  valuesAt: ({ time }) => [time ?? 0],
}

/** A page of `reviews.list`. */
export function listReviews(database: Database, query: CheckedReviewQuery): Page<Review> {
  const { limit = 50 } = query
  const cursor = decodeCursor('reviews', query.cursor)
  const revision = cursor?.revision ?? revisionThen(database, query.asOf)
  const { changeId } = revision
  const find = (part: PageRead) => {
    const where = conditionsOf(query, changeId)
    const order = fromCursor(part, listOrder, where)
    const sql = `SELECT * FROM reviews AS review WHERE ${where.sql} ${order} LIMIT ?`
    return database.select<ReviewRow>(sql, [...where.params, limit + 1])
  }
  const read = { name: 'reviews', limit, cursor, revision }
  const page = pageOfRows(read, find, ({ id, review_id }) => ({ time: id, id: review_id }))
  return { ...page, items: page.items.map(row => reviewOfRow(row, changeId)) }
}

/** The conditions of a query, as known after a change. */
function conditionsOf(query: CheckedReviewQuery, changeId: number): Conditions {
  const { history = false, pass } = query
  const where = new Conditions()
    .add('review.change_id <= ?', changeId)
    .addIf('review.run_id = ?', query.runId)
    .addIf('review.trace_id = ?', query.traceId)
    .addIf('review.by = ?', query.by)
    .addIf('review.pass = ?', pass === undefined ? undefined : Number(pass))
    .addIf('review.at >= ?', query.since)
    .addIf('review.at < ?', query.until)
  if (history) return where
  return where.add(stands('review'), changeId).add(
    `NOT EXISTS (SELECT 1 FROM reviews AS later
       WHERE later.subject = review.subject AND later.by = review.by AND later.id > review.id
         AND later.change_id <= ? AND ${stands('later')})`,
    changeId,
    changeId,
  )
}
