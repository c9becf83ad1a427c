import type { Page, Review } from '@runtape/core/store'
import type { CheckedReviewQuery, CheckedSubject } from '@runtape/core/store-helpers'
import { Conditions, decodeCursor, encodeCursor } from '../database/conditions.ts'
import type { Database } from '../database/database.ts'

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

/** A page of `reviews.list`, as known after a change. */
export function listReviews(database: Database, query: CheckedReviewQuery, changeId: number): Page<Review> {
  const { limit = 50, history = false, pass } = query
  const cursor = decodeCursor('reviews', query.cursor)
  const where = new Conditions()
    .add('review.change_id <= ?', changeId)
    .addIf('review.run_id = ?', query.runId)
    .addIf('review.trace_id = ?', query.traceId)
    .addIf('review.by = ?', query.by)
    .addIf('review.pass = ?', pass === undefined ? undefined : Number(pass))
    .addIf('review.at >= ?', query.since)
    .addIf('review.at < ?', query.until)
    .addIf('review.id < ?', cursor?.time ?? undefined)
  if (!history)
    where.add(stands('review'), changeId).add(
      `NOT EXISTS (SELECT 1 FROM reviews AS later
         WHERE later.subject = review.subject AND later.by = review.by AND later.id > review.id
           AND later.change_id <= ? AND ${stands('later')})`,
      changeId,
      changeId,
    )
  const sql = `SELECT * FROM reviews AS review WHERE ${where.sql} ORDER BY review.id DESC LIMIT ?`
  const rows = database.select<ReviewRow>(sql, [...where.params, limit + 1])
  const page = rows.slice(0, limit)
  const items = page.map(row => reviewOfRow(row, changeId))
  const last = page.at(-1)
  if (last === undefined || rows.length === page.length) return { items }
  return { items, nextCursor: encodeCursor('reviews', { time: last.id, id: last.review_id, mark: 0 }) }
}
