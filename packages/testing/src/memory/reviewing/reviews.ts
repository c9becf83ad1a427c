import { newRunId, realNow } from '@runtape/core/internal'
import type { QueueItem, Review, ReviewClaim, Reviews, Revision, Store } from '@runtape/core/store'
import {
  type CheckedReviewQuery,
  type CheckedSubject,
  markOf,
  nextItem,
  nothingToReview,
  pageOf,
  queuePage,
  type ReviewBook,
  readNext,
  readProgress,
  readQueueQuery,
  readReview,
  readReviewer,
  readReviewQuery,
  readRunQuery,
  reviewProgress,
} from '@runtape/core/store-helpers'
import { revisionAt } from '../revisions.ts'
import { runsOf } from '../runs/runs.ts'
import { arrive, openTape, type StoredReview, type Tape } from '../traces/tape.ts'
import { rootsOf } from '../traces/traces.ts'

/** The `reviews` part of a memory store. */
export function reviewQueries(tape: Tape, reads: Pick<Store, 'runs' | 'cohorts'>): Reviews {
  const book = bookOf(tape, reads)
  return {
    put: async given => {
      const { subject, ...said } = readReview(given)
      const ids = idsOf(openTape(tape), subject)
      const reviewId = newRunId()
      const { at, revision } = arrive(tape, { kind: 'review', id: reviewId })
      const review: Review = { reviewId, ...ids, ...said, at }
      tape.reviews.push({ review, subject, revision })
      releaseClaim(tape, ids, said.by)
      return structuredClone(review)
    },
    withdraw: async given => {
      const { subject, by } = readReviewer('reviews.withdraw', given)
      const found = openTape(tape).reviews.findLast(
        each => isOf(each, subject) && each.review.by === by && !each.withdrawn,
      )
      if (!found) return undefined
      const { at, revision } = arrive(tape, { kind: 'review', id: found.review.reviewId })
      found.withdrawn = { revision, at, by }
      return reviewAt(found, revision)
    },
    list: async query => listReviews(openTape(tape), readReviewQuery(query)),
    queue: async query => queuePage(reads, book, readQueueQuery(query)),
    next: async query => nextItem(reads, book, readNext(query)),
    release: async given => {
      const { subject, by } = readReviewer('reviews.release', given)
      const { traceId, runId } =
        subject.kind === 'run' ? runIds(openTape(tape), subject.id) : { traceId: subject.id }
      return releaseClaim(
        openTape(tape),
        { ...(runId !== undefined && { runId }), ...(traceId !== undefined && { traceId }) },
        by,
      )
    },
    progress: async queue => reviewProgress(reads, book, readProgress(queue)),
  }
}

const isOf = ({ subject }: StoredReview, { kind, id }: CheckedSubject): boolean =>
  subject.kind === kind && subject.id === id

/** The ids of a review; its run or trace must be there. */
function idsOf(tape: Tape, subject: CheckedSubject): { runId?: string; traceId?: string } {
  const { kind, id } = subject
  const isThere =
    kind === 'run'
      ? runsOf(tape).some(({ runId }) => runId === id)
      : rootsOf(tape).some(({ traceId }) => traceId === id)
  if (!isThere) throw nothingToReview(subject)
  return kind === 'run' ? runIds(tape, id) : { traceId: id }
}

function runIds(tape: Tape, runId: string): { runId?: string; traceId?: string } {
  const traceId = runsOf(tape).find(run => run.runId === runId)?.traceId
  return { runId, ...(traceId !== undefined && { traceId }) }
}

function reviewAt({ review, withdrawn }: StoredReview, revision: number): Review {
  const isWithdrawn = withdrawn !== undefined && withdrawn.revision <= revision
  return structuredClone({
    ...review,
    ...(isWithdrawn && { withdrawn: { at: withdrawn.at, by: withdrawn.by } }),
  })
}

function listReviews(tape: Tape, query: CheckedReviewQuery) {
  const { runId, traceId, by, pass, history = false, asOf, ...page } = query
  const revision = markOf(page) ?? revisionAt(tape, asOf)
  const known = tape.reviews.filter(each => each.revision <= revision)
  const isWithdrawn = ({ withdrawn }: StoredReview) =>
    withdrawn !== undefined && withdrawn.revision <= revision
  const stands = (one: StoredReview, at: number) =>
    !isWithdrawn(one) &&
    !known.some(
      (other, later) =>
        later > at && !isWithdrawn(other) && isOf(other, one.subject) && other.review.by === one.review.by,
    )
  const wanted = known.filter((one, at) => {
    const { review } = one
    return (
      (history || stands(one, at)) &&
      (runId === undefined || review.runId === runId) &&
      (traceId === undefined || review.traceId === traceId) &&
      (by === undefined || review.by === by) &&
      (pass === undefined || review.pass === pass)
    )
  })
  const order = new Map(
    wanted.map(({ review, revision }) => [review.reviewId, String(revision).padStart(12, '0')]),
  )
  const reviews = wanted.map(one => reviewAt(one, revision))
  return pageOf(reviews, ({ at, reviewId }) => [at, order.get(reviewId) ?? ''], page, revision)
}

function bookOf(tape: Tape, reads: Pick<Store, 'runs' | 'cohorts'>): ReviewBook {
  const isReviewed = (item: Ids, reviewer: string | undefined, asOf?: Revision | number): boolean =>
    standingAt(tape, revisionAt(tape, asOf)).some(
      ({ review }) => (reviewer === undefined || review.by === reviewer) && covers(review, item),
    )
  const claimOf = (item: Ids): ReviewClaim | undefined => {
    const claim = tape.claims.get(claimKey(item))
    return claim && claim.until > realNow() ? claim : undefined
  }
  return {
    openRuns: async (query, reviewer) => {
      const { asOf } = readRunQuery(query)
      const page = await reads.runs.list(query)
      return { ...page, items: page.items.filter(run => !isReviewed(run, reviewer, asOf)) }
    },
    reviewedTraces: async (traceIds, reviewer, asOf) =>
      new Set(traceIds.filter(traceId => isReviewed({ traceId }, reviewer, asOf))),
    claimsOn: async items => items.map(claimOf),
    claimedBy: async by =>
      [...tape.claims]
        .filter(([, claim]) => claim.by === by && claim.until > realNow())
        .map(([key]) => idsOfKey(key)),
    claim: async (item, { by, reviewer, claimMs }) => {
      const claimed = claimOf(item)
      if (isReviewed(item, reviewer) || (claimed && claimed.by !== by)) return undefined
      const claim = { by, until: realNow() + claimMs }
      tape.claims.set(claimKey(item), claim)
      return claim
    },
    countRuns: async (filter, reviewer) => {
      const { asOf } = readRunQuery(filter)
      const { items } = await reads.runs.list({ ...filter, limit: Number.MAX_SAFE_INTEGER })
      return items.filter(run => isReviewed(run, reviewer, asOf)).length
    },
    countTraces: async ({ name, version }, reviewer, asOf) => {
      const every = { limit: Number.MAX_SAFE_INTEGER }
      const { items } = await reads.cohorts.entries(`${name}@${version}`, every)
      return items.filter(({ traceId, trace }) => trace && isReviewed({ traceId }, reviewer, asOf)).length
    },
  }
}

/** The reviews known at a revision that were not withdrawn by then. */
const standingAt = (tape: Tape, at: number): StoredReview[] =>
  tape.reviews.filter(({ revision, withdrawn }) => revision <= at && !(withdrawn && withdrawn.revision <= at))

type Ids = Pick<QueueItem, 'runId' | 'traceId'>

/** A review of a run covers the run and its trace, but no other run. A review of a trace covers all its runs. */
const covers = (review: Review, { runId, traceId }: Ids): boolean =>
  (runId !== undefined && review.runId === runId) ||
  (traceId !== undefined && review.traceId === traceId && (runId === undefined || review.runId === undefined))

/** Claims are per trace, so that one reviewer at a time works on it, in any queue. */
const claimKey = ({ runId = '', traceId }: Ids): string =>
  traceId === undefined ? `run ${runId}` : `trace ${traceId}`

const idsOfKey = (key: string): Ids =>
  key.startsWith('run ') ? { runId: key.slice(4) } : { traceId: key.slice(6) }

function releaseClaim(tape: Tape, ids: Ids, by: string): boolean {
  const claim = tape.claims.get(claimKey(ids))
  if (claim?.by !== by) return false
  tape.claims.delete(claimKey(ids))
  return claim.until > realNow()
}

/** Removes reviews of removed runs and traces, and claims on them. */
export function forgetReviews(tape: Tape, runs: ReadonlySet<string>, traces: ReadonlySet<string>): void {
  const left = tape.reviews.filter(({ subject: { kind, id } }) => !(kind === 'run' ? runs : traces).has(id))
  tape.reviews.splice(0, tape.reviews.length)
  for (const {
    review: { traceId, ...review },
    ...rest
  } of left) {
    const keepsTrace = traceId !== undefined && !traces.has(traceId)
    tape.reviews.push({ ...rest, review: { ...review, ...(keepsTrace && { traceId }) } })
  }
  for (const runId of runs) tape.claims.delete(claimKey({ runId }))
  for (const traceId of traces) tape.claims.delete(claimKey({ traceId }))
}
