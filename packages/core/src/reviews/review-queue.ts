import { RuntapeError } from '../errors.ts'
import { noCohort } from '../query/read-cohort.ts'
import type { CheckedNext, CheckedQueue } from '../query/read-review.ts'
import type { ListQuery, Page } from '../store/lists.ts'
import type { QueueItem, ReviewClaim, ReviewProgress } from '../store/reviews.ts'
import type { Run, RunFilter } from '../store/runs.ts'
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
    if (items.length === limit) return { items, nextCursor: next }
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

async function* listed({ runs }: Reads, filter: RunFilter): AsyncGenerator<Run> {
  let cursor: string | undefined
  do {
    const page = await runs.list({ ...filter, ...(cursor !== undefined && { cursor }) })
    yield* page.items
    cursor = page.nextCursor
  } while (cursor !== undefined)
}

interface OpenItem {
  readonly item: QueueItem
  /** The cursor of the page that begins with this item. */
  readonly next: string
}

async function* openItems(
  reads: Reads,
  book: ReviewBook,
  queue: CheckedQueue,
  from?: string,
): AsyncGenerator<OpenItem> {
  let { page: cursor, at: first } = from === undefined ? { page: null, at: 0 } : decode(queue, from)
  do {
    const page = await itemsOf(reads, queue, cursor)
    for (const [at, item] of page.items.entries())
      if (at >= first && item !== undefined && !book.isReviewed(item, queue.reviewer))
        yield { item, next: encode(queue, { page: cursor, at }) }
    cursor = page.nextCursor ?? null
    first = 0
  } while (cursor !== null)
}

/** A page of all items, reviewed or not. An item is `undefined` if its trace is no longer on the tape. */
async function itemsOf(
  reads: Reads,
  { runs = {}, cohort }: CheckedQueue,
  cursor: string | null,
): Promise<Page<QueueItem | undefined>> {
  const page = { limit: itemsAtOnce, ...(cursor !== null && { cursor }) }
  if (cohort === undefined) {
    const found = await reads.runs.list({ ...runs, ...page, sort: 'time', order: 'ascending' })
    return { ...found, items: found.items.map(itemOfRun) }
  }
  const found = await reads.cohorts.entries(cohort, page)
  const items = found.items.map(({ traceId, trace }) => trace && { traceId, at: trace.startedAt })
  return { ...found, items }
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

/** A place in a queue: a page of all items, and the index of an item in it. */
interface Place {
  /** The cursor of the page; `null` for the first. */
  readonly page: string | null
  readonly at: number
}

const nameOf = ({ cohort }: CheckedQueue): string => (cohort === undefined ? 'runs' : `cohort ${cohort}`)

const encode = (queue: CheckedQueue, { page, at }: Place): string =>
  Buffer.from(JSON.stringify([nameOf(queue), page, at])).toString('base64url')

function decode(queue: CheckedQueue, text: string): Place {
  try {
    const [name, page, at] = JSON.parse(Buffer.from(text, 'base64url').toString()) as unknown[]
    if (name === nameOf(queue) && Number.isSafeInteger(at) && (page === null || typeof page === 'string'))
      return { page, at: at as number }
  } catch {
    // Reported below, like any other invalid text.
  }
  throw new RuntapeError(
    'invalid-option',
    'cursor was not returned by this queue. Pass the nextCursor of the previous page unchanged, or none to start over.',
  )
}
