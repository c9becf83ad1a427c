import { formatTerm } from '../filter/format-filter.ts'
import type { CheckedNext } from '../query/read-review.ts'
import type { QueueItem } from '../store/reviewing/reviews.ts'
import { itemOfRun } from './items.ts'
import type { Reads, ReviewBook } from './review-book.ts'

/** More claims of one reviewer are not looked up: their items come in the order of the queue. */
const mostClaims = 100

type Ids = readonly string[]

/** The open items of a queue that the reviewer has claimed, oldest first. */
export async function ownItems(reads: Reads, book: ReviewBook, query: CheckedNext): Promise<QueueItem[]> {
  const claimed = (await book.claimedBy(query.by)).slice(0, mostClaims)
  const traceIds = claimed.flatMap(({ traceId }) => traceId ?? [])
  if (query.cohort !== undefined) return ownTraces(reads, book, query, traceIds)
  const runIds = claimed.flatMap(({ runId, traceId }) => (traceId === undefined ? (runId ?? []) : []))
  const items = [
    ...(await ownRuns(book, query, 'trace', traceIds)),
    ...(await ownRuns(book, query, 'run', runIds)),
  ]
  return items.sort((a, b) => a.at - b.at)
}

/** The open runs of the queue with these ids, or in these traces. */
async function ownRuns(
  book: ReviewBook,
  { runs = {}, reviewer }: CheckedNext,
  field: 'run' | 'trace',
  ids: Ids,
): Promise<QueueItem[]> {
  if (ids.length === 0) return []
  const own = formatTerm({ field, isNegated: false, test: { operator: ':', items: ids.map(id => [id]) } })
  const where = runs.where === undefined ? own : `${runs.where} ${own}`
  const query = { ...runs, where, sort: 'time', order: 'ascending', fields: 'row', limit: 1000 } as const
  return (await book.openRuns(query, reviewer)).items.map(itemOfRun)
}

async function ownTraces(
  { cohorts }: Reads,
  book: ReviewBook,
  { cohort = '', reviewer, asOf }: CheckedNext,
  traceIds: Ids,
): Promise<QueueItem[]> {
  const items: QueueItem[] = []
  for (const traceId of traceIds) {
    const [entry] = (await cohorts.entries(cohort, { traceId })).items
    if (entry?.trace) items.push({ traceId, at: entry.trace.startedAt })
  }
  const reviewed = await book.reviewedTraces(traceIds, reviewer, asOf)
  return items.filter(({ traceId = '' }) => !reviewed.has(traceId)).sort((a, b) => a.at - b.at)
}
