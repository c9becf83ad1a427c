import { RuntapeError } from '../errors.ts'
import { noCohort } from '../query/read-cohort.ts'
import type { CheckedNext, CheckedQueue } from '../query/read-review.ts'
import type { ListQuery, Page } from '../store/lists.ts'
import type { QueueItem, ReviewProgress } from '../store/reviewing/reviews.ts'
import { asOfPart, itemOfRun } from './items.ts'
import { ownItems } from './own-items.ts'
import type { Reads, ReviewBook } from './review-book.ts'

/** Number of entries of a cohort that are read at a time. Cursors count them. */
const entriesAtOnce = 100

/** Number of runs that are read first for `reviews.next`, and at most at a time. */
const [fewRuns, mostRuns] = [16, 1000]

/** A page of `reviews.queue`. */
export async function queuePage(
  reads: Reads,
  book: ReviewBook,
  { limit = 50, cursor, ...given }: CheckedQueue & Pick<ListQuery, 'limit' | 'cursor'>,
): Promise<Page<QueueItem>> {
  const queue = cursor === undefined ? given : queueOfCursor(given, cursor)
  const open: OpenItem[] = []
  for await (const some of openItems(reads, book, queue, { from: cursor, atOnce: limit + 1 })) {
    for (const one of some) open.push(one)
    if (open.length > limit) break
  }
  const items = open.slice(0, limit).map(({ item }) => item)
  const claims = queue.asOf === undefined ? await book.claimsOn(items) : []
  const claimed = items.map((item, at) => (claims[at] ? { ...item, claim: claims[at] } : item))
  const next = open[limit]
  return { items: claimed, ...(next && { nextCursor: next.cursor() }) }
}

/** Claims and returns the item of `reviews.next`. */
export async function nextItem(
  reads: Reads,
  book: ReviewBook,
  query: CheckedNext,
): Promise<QueueItem | undefined> {
  const isSkipped = ({ runId, traceId }: QueueItem) =>
    [runId, traceId].some(id => id !== undefined && query.skip.has(id))
  for await (const some of ownItemsFirst(reads, book, query)) {
    const items = some.filter(item => !isSkipped(item))
    const claims = await book.claimsOn(items)
    for (const [at, item] of items.entries()) {
      if (claims[at] && claims[at].by !== query.by) continue
      const claim = await book.claim(item, query)
      if (claim) return { ...item, claim }
    }
  }
  return undefined
}

/** The open items, those that the reviewer has claimed first: an earlier item that became open does not replace them. */
async function* ownItemsFirst(
  reads: Reads,
  book: ReviewBook,
  query: CheckedNext,
): AsyncGenerator<readonly QueueItem[]> {
  const own = await ownItems(reads, book, query)
  if (own.length > 0) yield own
  for await (const some of openItems(reads, book, query, { atOnce: fewRuns }))
    yield some.map(({ item }) => item)
}

/** What `reviews.progress` returns. */
export async function reviewProgress(
  { runs: { usage }, cohorts }: Reads,
  book: ReviewBook,
  { cohort, runs = {}, reviewer, asOf }: CheckedQueue,
): Promise<ReviewProgress> {
  const then = asOfPart({ asOf })
  if (cohort === undefined) {
    const filter = { ...runs, ...then }
    const [sum] = await usage(filter)
    return { total: sum?.runs ?? 0, reviewed: await book.countRuns(filter, reviewer) }
  }
  const found = await cohorts.get(cohort, then)
  if (!found) throw noCohort(cohort)
  return { total: found.size - found.gone, reviewed: await book.countTraces(found, reviewer, asOf) }
}

interface OpenItem {
  readonly item: QueueItem
  /** Returns the cursor of the page that begins with this item. */
  readonly cursor: () => string
}

interface Part {
  readonly from?: string | undefined
  /** Number of runs that are read first. */
  readonly atOnce: number
}

/** The open items, some at a time. */
const openItems = (
  reads: Reads,
  book: ReviewBook,
  queue: CheckedQueue,
  part: Part,
): AsyncGenerator<readonly OpenItem[]> =>
  queue.cohort === undefined ? runsFrom(book, queue, part) : tracesFrom(reads, book, queue, part.from)

/**
 * Runs by time. The cursor is a time, and the runs of that time that earlier pages had: reviewing runs can remove them from
 * the filter, so that their number says nothing.
 */
async function* runsFrom(
  book: ReviewBook,
  queue: CheckedQueue,
  { from, atOnce }: Part,
): AsyncGenerator<readonly OpenItem[]> {
  const { runs = {}, reviewer } = queue
  const place = from === undefined ? undefined : runPlace(queue, from)
  const since = place && { since: Math.max(place.at, (runs.since as number | undefined) ?? -Infinity) }
  const seen = new Set(place?.ids)
  const query = {
    ...runs,
    ...since,
    ...asOfPart(queue),
    sort: 'time',
    order: 'ascending',
    fields: 'row',
  } as const
  let sameTime = { at: place?.at, ids: [...seen] }
  let cursor: string | undefined
  for (let limit = Math.min(atOnce, mostRuns); ; limit = Math.min(limit * 4, mostRuns)) {
    const page = await book.openRuns({ ...query, limit, ...(cursor !== undefined && { cursor }) }, reviewer)
    const open: OpenItem[] = []
    for (const run of page.items) {
      if (run.firstAt !== sameTime.at) sameTime = { at: run.firstAt, ids: [] }
      else if (seen.has(run.runId)) continue
      const { ids } = sameTime
      const before = ids.push(run.runId) - 1
      open.push({
        item: itemOfRun(run),
        cursor: () => encode(queue, run.firstAt, ids.slice(0, before)),
      })
    }
    yield open
    cursor = page.nextCursor
    if (cursor === undefined) return
  }
}

/** Traces in the order of the cohort, whose version is in the cursor, so that places in it do not move. */
async function* tracesFrom(
  { cohorts }: Reads,
  book: ReviewBook,
  queue: CheckedQueue,
  from?: string,
): AsyncGenerator<readonly OpenItem[]> {
  const { cohort = '', reviewer } = queue
  let { page: cursor, at: first } = from === undefined ? { page: null, at: 0 } : tracePlace(queue, from)
  do {
    const page = cursor
    const own = { limit: entriesAtOnce, ...asOfPart(queue), ...(page !== null && { cursor: page }) }
    const { items, nextCursor = null } = await cohorts.entries(cohort, own)
    const reviewed = await book.reviewedTraces(
      items.map(({ traceId }) => traceId),
      reviewer,
      queue.asOf,
    )
    yield items.flatMap(({ traceId, trace }, at) =>
      at >= first && trace && !reviewed.has(traceId)
        ? [{ item: { traceId, at: trace.startedAt }, cursor: () => encode(queue, page, at) }]
        : [],
    )
    cursor = nextCursor
    first = 0
  } while (cursor !== null)
}

const nameOf = ({ cohort }: CheckedQueue): string => (cohort === undefined ? 'runs' : `cohort ${cohort}`)

const encode = (queue: CheckedQueue, ...place: readonly unknown[]): string =>
  Buffer.from(JSON.stringify([nameOf(queue), queue.asOf ?? null, ...place])).toString('base64url')

/** The queue as of the moment of the first page, whatever `asOf` is. */
function queueOfCursor({ asOf: _, ...queue }: CheckedQueue, cursor: string): CheckedQueue {
  const [asOf] = decode(queue, cursor)
  if (asOf === null) return queue
  if (typeof asOf === 'string' || typeof asOf === 'number') return { ...queue, asOf }
  throw strangeCursor()
}

function runPlace(queue: CheckedQueue, cursor: string): { at: number; ids: string[] } {
  const [, at, ids] = decode(queue, cursor)
  if (typeof at !== 'number' || !Array.isArray(ids)) throw strangeCursor()
  return { at, ids: ids as string[] }
}

function tracePlace(queue: CheckedQueue, cursor: string): { page: string | null; at: number } {
  const [, page, at] = decode(queue, cursor)
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
