import type { Page, Review } from '@runtape/core/store'
import type { CheckedReviewQuery, CheckedSubject } from '@runtape/core/store-helpers'
import type { Database, Queries } from '../database/database.ts'
import { allOf, type Sql, sql } from '../database/sql.ts'
import { keyText } from '../database/values.ts'
import type { ListRead } from '../history/cursors.ts'
import { isMarked, isReceived, type Moment } from '../history/moment.ts'
import { orderOf, pageAt } from '../history/pages.ts'

export interface ReviewRow {
  readonly id: number
  readonly received_at: number
  readonly review: string
  readonly withdrawn_at: number | null
}

export const subjectOf = ({ kind, id }: CheckedSubject): string => keyText(`${kind} ${id}`)

/** The review of a row. A person withdraws only their own. */
export function reviewOf({ review, received_at, withdrawn_at }: ReviewRow): Review {
  const given = JSON.parse(review) as Review
  return {
    ...given,
    at: received_at,
    ...(withdrawn_at !== null && { withdrawn: { at: withdrawn_at, by: given.by } }),
  }
}

/** Condition that the row of a review stands at a moment: it was received, and not withdrawn. */
export const stands = (moment: Moment, alias: string): Sql =>
  sql`${isReceived(moment, alias)} AND NOT (${isMarked(moment, alias, 'withdrawn')})`

/** Newest first. */
const listOrder = [{ column: 'one.id', at: ({ time }: { time: number | null }) => sql`${time ?? 0}::bigint` }]

/** A page of `reviews.list`. */
export async function listReviews(database: Database, query: CheckedReviewQuery): Promise<Page<Review>> {
  const { limit = 50, cursor, asOf } = query
  const find = async (queries: Queries, moment: Moment, read: ListRead) => {
    const { isBeyond, order } = orderOf(read, listOrder, true)
    return queries.rows<ReviewRow>(
      sql`SELECT one.id, one.received_at, one.review,
          CASE WHEN ${isMarked(moment, 'one', 'withdrawn')} THEN one.withdrawn_received_at END AS withdrawn_at
        FROM @reviews AS one WHERE ${allOf([conditions(query, moment), isBeyond])}
        ORDER BY ${order} LIMIT ${limit + 1}::bigint`,
    )
  }
  const placeOf = ({ id }: ReviewRow) => ({ time: id, id: '' })
  const paged = { list: 'reviews', limit, cursor, asOf, find, placeOf }
  return pageAt(database, paged, (_queries, _moment, rows) => rows.map(reviewOf))
}

function conditions(query: CheckedReviewQuery, moment: Moment): Sql {
  const { runId, traceId, by, pass, since, until, history = false } = query
  return allOf([
    isReceived(moment, 'one'),
    runId === undefined ? undefined : sql`one.run_id = ${keyText(runId)}`,
    traceId === undefined ? undefined : sql`one.trace_id = ${keyText(traceId)}`,
    by === undefined ? undefined : sql`one.reviewer = ${keyText(by)}`,
    pass === undefined ? undefined : sql`one.pass = ${pass}`,
    since === undefined ? undefined : sql`one.received_at >= ${since}::float8`,
    until === undefined ? undefined : sql`one.received_at < ${until}::float8`,
    ...(history ? [] : [stands(moment, 'one'), isNewest(moment)]),
  ])
}

/** Of a reviewer's reviews of one subject, the newest one stands. */
const isNewest = (moment: Moment): Sql =>
  sql`NOT EXISTS (SELECT 1 FROM @reviews AS later WHERE later.subject = one.subject AND later.reviewer = one.reviewer
    AND later.id > one.id AND ${stands(moment, 'later')})`
