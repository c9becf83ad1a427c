import { RuntapeError } from '../errors.ts'
import { noCohort } from '../query/read-cohort.ts'
import type { CheckedNext, CheckedQueue } from '../query/read-review.ts'
import type { ListQuery, Page } from '../store/lists.ts'
import type { QueueItem, ReviewClaim, ReviewProgress } from '../store/reviewing/reviews.ts'
import type { ListedRun, Run, RunFilter, RunQuery } from '../store/runs/runs.ts'
import type { Store } from '../store/store.ts'

/** The operations of a store that a queue needs. */
export interface ReviewBook {
  /** Whether the run or its trace has a standing review, by this reviewer if one is given. */
  isReviewed(item: QueueItem, reviewer: string | undefined): boolean
  /** The claim on an item, if it has not expired. */
  claimOf(item: QueueItem): ReviewClaim | undefined
  /** Atomically claims an item, unless it is reviewed or another reviewer has claimed it. */
  claim(item: QueueItem, query: Pick<CheckedNext, 'by' | 'reviewer' | 'claimMs'>): ReviewClaim | undefined
  /** The runs and traces with a standing review, by this reviewer if one is given. */
  reviewed(reviewer: string | undefined): {
    readonly runs: readonly string[]
    readonly traces: readonly string[]
    /** Traces that were reviewed as a whole, with all their runs. */
    readonly wholeTraces: readonly string[]
  }
}

type Reads = Pick<Store, 'runs' | 'cohorts'>

const itemsAtOnce = 100

/** A page of `reviews.queue`. */
export async function queuePage(
  reads: Reads,
  book: ReviewBook,
  { limit = 50, cursor, ...queue }: CheckedQueue & Pick<ListQuery, 'limit' | 'cursor'>,
): Promise<Page<QueueItem>> {
  const items: QueueItem[] = []
  for await (const { item, next } of openItems(reads, book, queue, cursor)) {
    if (items.length === limit) return { items, nextCursor: next() }
    const claim = book.claimOf(item)
    items.push(claim ? { ...item, claim } : item)
  }
  return { items }
}

/** Claims and returns the item of `reviews.next`. */
export async function nextItem(
  reads: Reads,
  book: ReviewBook,
  query: CheckedNext,
): Promise<QueueItem | undefined> {
  for await (const { item } of openItems(reads, book, query)) {
    if ([item.runId, item.traceId].some(id => id !== undefined && query.skip.has(id))) continue
    const claim = book.claim(item, query)
    if (claim) return { ...item, claim }
  }
  return undefined
}

/** What `reviews.progress` returns. */
export async function reviewProgress(
  reads: Reads,
  book: ReviewBook,
  queue: CheckedQueue,
): Promise<ReviewProgress> {
  const { cohort, runs = {}, reviewer } = queue
  if (cohort !== undefined) return cohortProgress(reads, book, cohort, reviewer)
  const [sum] = await reads.runs.usage(runs)
  const all = book.reviewed(reviewer)
  const ids = new Set(all.runs)
  for (const traceId of all.wholeTraces)
    for await (const { runId } of listed(reads, { traceId })) ids.add(runId)
  let reviewed = 0
  for (const runId of ids) {
    const run = await reads.runs.get(runId)
    if (run && (await passes(reads, run, runs))) reviewed++
  }
  return { total: sum?.runs ?? 0, reviewed }
}

async function cohortProgress(
  { cohorts }: Reads,
  book: ReviewBook,
  cohort: string,
  reviewer: string | undefined,
): Promise<ReviewProgress> {
  const found = await cohorts.get(cohort)
  if (!found) throw noCohort(cohort)
  let reviewed = 0
  for (const traceId of new Set(book.reviewed(reviewer).traces)) {
    const { items } = await cohorts.entries(`${found.name}@${found.version}`, { traceId })
    if (items[0]?.trace) reviewed++
  }
  return { total: found.size - found.gone, reviewed }
}

/** Whether a run passes a filter: lists the runs of the same millisecond with the filter and looks for this one. */
async function passes(reads: Reads, { runId, traceId, firstAt }: Run, filter: RunFilter): Promise<boolean> {
  const { since = -Infinity, until = Infinity } = filter as { since?: number; until?: number }
  if (firstAt < since || firstAt >= until) return false
  if (filter.traceId !== undefined && filter.traceId !== traceId) return false
  const own = { since: firstAt, until: firstAt + 1, ...(traceId !== undefined && { traceId }) }
  for await (const run of listed(reads, { ...filter, ...own })) if (run.runId === runId) return true
  return false
}

async function* listed({ runs }: Reads, query: RunQuery): AsyncGenerator<ListedRun> {
  let cursor: string | undefined
  do {
    const page = await runs.list({ ...query, limit: itemsAtOnce, ...(cursor !== undefined && { cursor }) })
    yield* page.items
    cursor = page.nextCursor
  } while (cursor !== undefined)
}

interface OpenItem {
  readonly item: QueueItem
  /** Returns the cursor of the page that begins with this item. */
  readonly next: () => string
}

async function* openItems(
  reads: Reads,
  book: ReviewBook,
  queue: CheckedQueue,
  from?: string,
): AsyncGenerator<OpenItem> {
  const all = queue.cohort === undefined ? runsFrom(reads, queue, from) : tracesFrom(reads, queue, from)
  for await (const open of all) if (!book.isReviewed(open.item, queue.reviewer)) yield open
}

/**
 * Runs by time. The cursor is a time, and the runs of that time that earlier pages had: reviewing runs can remove them from
 * the filter, so that their number says nothing.
 */
async function* runsFrom(reads: Reads, queue: CheckedQueue, from?: string): AsyncGenerator<OpenItem> {
  const { runs = {} } = queue
  const place = from === undefined ? undefined : runPlace(queue, from)
  const since = place && { since: Math.max(place.at, (runs.since as number | undefined) ?? -Infinity) }
  let sameTime = { at: place?.at, ids: new Set(place?.ids) }
  for await (const run of listed(reads, { ...runs, ...since, sort: 'time', order: 'ascending' })) {
    if (run.firstAt !== sameTime.at) sameTime = { at: run.firstAt, ids: new Set() }
    const { ids } = sameTime
    if (ids.has(run.runId)) continue
    yield { item: itemOfRun(run), next: () => encode(queue, run.firstAt, [...ids]) }
    ids.add(run.runId)
  }
}

/** Traces in the order of the cohort, whose version is in the cursor, so that places in it do not move. */
async function* tracesFrom({ cohorts }: Reads, queue: CheckedQueue, from?: string): AsyncGenerator<OpenItem> {
  const { cohort = '' } = queue
  let { page: cursor, at: first } = from === undefined ? { page: null, at: 0 } : tracePlace(queue, from)
  do {
    const page = cursor
    const own = { limit: itemsAtOnce, ...(page !== null && { cursor: page }) }
    const { items, nextCursor = null } = await cohorts.entries(cohort, own)
    for (const [at, { traceId, trace }] of items.entries())
      if (at >= first && trace)
        yield { item: { traceId, at: trace.startedAt }, next: () => encode(queue, page, at) }
    cursor = nextCursor
    first = 0
  } while (cursor !== null)
}

const itemOfRun = ({
  runId,
  traceId,
  firstAt,
  preview,
}: {
  readonly runId: string
  readonly traceId?: string
  readonly firstAt: number
  readonly preview?: QueueItem['preview']
}): QueueItem => ({
  runId,
  ...(traceId !== undefined && { traceId }),
  at: firstAt,
  ...(preview && { preview }),
})

const nameOf = ({ cohort }: CheckedQueue): string => (cohort === undefined ? 'runs' : `cohort ${cohort}`)

const encode = (queue: CheckedQueue, ...place: readonly unknown[]): string =>
  Buffer.from(JSON.stringify([nameOf(queue), ...place])).toString('base64url')

function runPlace(queue: CheckedQueue, cursor: string): { at: number; ids: string[] } {
  const [at, ids] = decode(queue, cursor)
  if (typeof at !== 'number' || !Array.isArray(ids)) throw strangeCursor()
  return { at, ids: ids as string[] }
}

function tracePlace(queue: CheckedQueue, cursor: string): { page: string | null; at: number } {
  const [page, at] = decode(queue, cursor)
  if (!Number.isSafeInteger(at) || (page !== null && typeof page !== 'string')) throw strangeCursor()
  return { page, at: at as number }
}

function decode(queue: CheckedQueue, text: string): unknown[] {
  let place: unknown
  try {
    place = JSON.parse(Buffer.from(text, 'base64url').toString())
  } catch {
    throw strangeCursor()
  }
  const [name, ...rest] = Array.isArray(place) ? place : []
  if (name !== nameOf(queue)) throw strangeCursor()
  return rest
}

const strangeCursor = (): RuntapeError =>
  new RuntapeError(
    'invalid-option',
    'cursor was not returned by this queue. Pass the nextCursor of the previous page unchanged, or none to start over.',
  )
