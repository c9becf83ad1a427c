import { RuntapeError } from '../errors.ts'
import type {
  NextQuery,
  QueueQuery,
  ReviewInput,
  ReviewQuery,
  ReviewQueue,
  ReviewSubject,
  ReviewWithdrawal,
} from '../store/reviewing/reviews.ts'
import type { AsOf, Revision } from '../store/revision.ts'
import type { RunFilter, RunQuery } from '../store/runs/runs.ts'
import { readAsOf } from './read-as-of.ts'
import { readCohortRef } from './read-cohort.ts'
import { readListQuery, readRunQuery } from './read-query.ts'
import { requireKnown } from './require-known.ts'

/** A subject as every store keeps it. */
export interface CheckedSubject {
  readonly kind: 'run' | 'trace'
  readonly id: string
}

const defaultClaimMs = 600_000
const mostClaimMs = 86_400_000
const mostText = 10_000
const mostScores = 100

/** Exactly one of the two ids. */
function readSubject(of: string, { runId, traceId }: ReviewSubject): CheckedSubject {
  if ((runId === undefined) === (traceId === undefined))
    throw new RuntapeError('invalid-option', `${of} needs either runId or traceId.`)
  const [kind, id] = runId === undefined ? (['trace', traceId] as const) : (['run', runId] as const)
  return { kind, id: requireText(`${kind}Id`, id) }
}

export type CheckedReview = Pick<ReviewInput, 'by' | 'pass' | 'scores' | 'comment'> & {
  readonly subject: CheckedSubject
}

/** The arguments of `reviews.put`, as every store reads them. */
export function readReview(review: ReviewInput): CheckedReview {
  requireKnown('reviews.put', review, ['runId', 'traceId', 'by', 'pass', 'scores', 'comment'])
  const { by, pass, scores = {}, comment } = review
  const subject = readSubject('reviews.put', review)
  if (pass !== undefined && typeof pass !== 'boolean') throw refusal('pass', pass, 'true or false')
  if (typeof scores !== 'object' || scores === null || Array.isArray(scores))
    throw refusal('scores', scores, 'an object: { politeness: 0.5 }')
  const named = Object.entries(scores)
  if (named.length > mostScores) throw refusal('scores', named.length, `at most ${mostScores} scores`)
  for (const [name, score] of named)
    if (name === '' || !Number.isFinite(score)) throw refusal(`scores.${name}`, score, 'a finite number')
  if (comment !== undefined) requireText('comment', comment)
  if (pass === undefined && named.length === 0 && comment === undefined)
    throw new RuntapeError('invalid-option', 'A review needs pass, a score or a comment.')
  return {
    subject,
    by: requireText('by', by),
    ...(pass !== undefined && { pass }),
    ...(named.length > 0 && { scores: Object.fromEntries(named) }),
    ...(comment !== undefined && { comment }),
  }
}

/** The arguments of `reviews.withdraw` and `reviews.release`, as every store reads them. */
export function readReviewer(
  of: string,
  given: ReviewWithdrawal,
): { readonly subject: CheckedSubject; readonly by: string } {
  requireKnown(of, given, ['runId', 'traceId', 'by'])
  return { subject: readSubject(of, given), by: requireText('by', given.by) }
}

export type CheckedReviewQuery = Omit<ReviewQuery, 'since' | 'until' | 'asOf'> & {
  readonly since?: number
  readonly until?: number
  readonly asOf?: Revision | number
}

const reviewFields = [
  'runId',
  'traceId',
  'by',
  'pass',
  'history',
  'since',
  'until',
  'limit',
  'cursor',
  'asOf',
]

/** The arguments of `reviews.list`, as every store reads them. */
export function readReviewQuery(query: ReviewQuery = {}): CheckedReviewQuery {
  requireKnown('reviews.list', query, reviewFields)
  const { runId, traceId, by, pass, history, asOf, ...list } = query
  for (const [name, value] of Object.entries({ runId, traceId, by }))
    if (value !== undefined) requireText(name, value)
  for (const [name, value] of Object.entries({ pass, history }))
    if (value !== undefined && typeof value !== 'boolean') throw refusal(name, value, 'true or false')
  return {
    ...readListQuery(list),
    ...(runId !== undefined && { runId }),
    ...(traceId !== undefined && { traceId }),
    ...(by !== undefined && { by }),
    ...(pass !== undefined && { pass }),
    ...(history !== undefined && { history }),
    ...readAsOf('reviews.list', { asOf }),
  }
}

/** A queue as every store reads it. */
export interface CheckedQueue {
  /** With times in milliseconds; `runs.list` checks it again. */
  readonly runs?: RunFilter
  readonly cohort?: string
  /** The reviewer whose reviews count. Default: all reviewers. */
  readonly reviewer?: string
  readonly asOf?: Revision | number
}

const queueFields = ['runs', 'cohort', 'open', 'by']

/** The arguments of `reviews.progress`, as every store reads them. */
export function readProgress(given: ReviewQueue & AsOf = {}): CheckedQueue {
  requireKnown('reviews.progress', given, [...queueFields, 'asOf'])
  const { asOf, ...queue } = given
  return { ...readReviewQueue(queue, 'reviews.progress'), ...readAsOf('reviews.progress', { asOf }) }
}

function readReviewQueue(queue: ReviewQueue, of: string, more: readonly string[] = []): CheckedQueue {
  requireKnown(of, queue, [...queueFields, ...more])
  const { runs, cohort, open = 'anyone', by } = queue
  if ((runs === undefined) === (cohort === undefined))
    throw new RuntapeError(
      'invalid-option',
      `${of} needs either runs or cohort: { runs: { feedback: 'negative' } }. { runs: {} } means all runs.`,
    )
  if (open !== 'anyone' && open !== 'by') throw refusal('open', open, "'anyone' or 'by'")
  if (by !== undefined || open === 'by') requireText('by', by)
  if (cohort !== undefined) readCohortRef(cohort)
  return {
    ...(runs !== undefined && { runs: readRuns(runs) }),
    ...(cohort !== undefined && { cohort }),
    ...(open === 'by' && by !== undefined && { reviewer: by }),
  }
}

// Resolves relative times once, so that all pages cover the same period.
function readRuns(runs: RunFilter): RunFilter {
  const { since, until } = readRunQuery(runs)
  const unfit = ['limit', 'cursor', 'sort', 'order', 'fields', 'asOf'].find(name => name in runs)
  if (unfit !== undefined)
    throw refusal(
      `runs.${unfit}`,
      (runs as RunQuery)[unfit as 'sort'],
      'left out: a queue has its own order, and its asOf is beside runs',
    )
  return { ...runs, ...(since !== undefined && { since }), ...(until !== undefined && { until }) }
}

/** The arguments of `reviews.queue`, as every store reads them. */
export function readQueueQuery(given: QueueQuery = {}): CheckedQueue & Pick<QueueQuery, 'limit' | 'cursor'> {
  requireKnown('reviews.queue', given, [...queueFields, 'limit', 'cursor', 'asOf'])
  const { limit, cursor, asOf, ...queue } = given
  const page = readListQuery({
    ...(limit !== undefined && { limit }),
    ...(cursor !== undefined && { cursor }),
  })
  return {
    ...readReviewQueue(queue, 'reviews.queue'),
    ...page,
    ...readAsOf('reviews.queue', { asOf }),
  }
}

export interface CheckedNext extends CheckedQueue {
  readonly by: string
  readonly skip: ReadonlySet<string>
  readonly claimMs: number
}

/** The arguments of `reviews.next`, as every store reads them. */
export function readNext(query: NextQuery): CheckedNext {
  const queue = readReviewQueue(query, 'reviews.next', ['skip', 'claimMs'])
  const { by, skip = [], claimMs = defaultClaimMs } = query
  if (!Array.isArray(skip)) throw refusal('skip', skip, 'a list of run or trace ids')
  if (!Number.isFinite(claimMs) || claimMs < 1 || claimMs > mostClaimMs)
    throw refusal('claimMs', claimMs, 'milliseconds, from 1 to a day')
  return { ...queue, by: requireText('by', by), skip: new Set(skip as string[]), claimMs }
}

/** @throws {RuntapeError} `invalid-option` */
export const nothingToReview = ({ kind, id }: CheckedSubject): RuntapeError =>
  new RuntapeError('invalid-option', `The store has no ${kind} "${id}" to review. Ids must be complete.`)

function requireText(name: string, value: unknown): string {
  if (typeof value === 'string' && value !== '' && value.length <= mostText) return value
  throw refusal(name, value, `a text of 1 to ${mostText} characters`)
}

const refusal = (name: string, value: unknown, wanted: string): RuntapeError =>
  new RuntapeError('invalid-option', `${name} must be ${wanted} (got ${shown(value)}).`)

function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 100))
  return value === null || typeof value !== 'object' ? String(value) : Object.prototype.toString.call(value)
}
