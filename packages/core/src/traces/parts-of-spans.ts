import { inOneTurn } from '../payloads/in-turns.ts'
import { payloadPart } from '../payloads/payload-part.ts'
import { markOf, type Position, pageInOrder } from '../query/page.ts'
import { readPayloadQuery, readSkeletonQuery, readTraceSearch } from '../query/read-trace-parts.ts'
import type { SpanRecord } from '../records/records.ts'
import { orderSpans } from '../records/span-order.ts'
import { findInSpan, type SpanTexts } from '../search/find-in-span.ts'
import type { ListQuery, Page } from '../store/lists.ts'
import type { Revision } from '../store/revision.ts'
import type { Store } from '../store/store.ts'
import { skeletonOf } from './span-skeleton.ts'

/** The spans of a store that reads whole traces. */
export interface SpanSource<Mark extends number | string = number> {
  /** The mark of a revision or a time, for cursors. Default: the current one. */
  markAt(asOf: Revision | number | undefined): Mark | Promise<Mark>
  /** Whether a cursor may contain such a mark. Default: it is a number. */
  readonly isMark?: (mark: unknown) => boolean
  /** The spans of a trace as of a mark. */
  spans(traceId: string, mark: Mark): Promise<readonly SpanRecord[]>
  /** Cost of its call in billionths of a US dollar, as of a mark. */
  nanoUsdOf(span: SpanRecord, mark: Mark): Promise<number | undefined>
}

/** `skeleton`, `payload` and `search` for stores that read whole traces. */
export const partsOfSpans = <Mark extends number | string = number>(
  source: SpanSource<Mark>,
): Pick<Store['traces'], 'skeleton' | 'payload' | 'search'> => ({
  skeleton: async (traceId, given) => {
    const query = readSkeletonQuery(given)
    const { name, mark } = await listOf(source, `skeleton of ${traceId}`, query)
    const spans = orderSpans(await source.spans(traceId, mark))
    if (!spans.some(span => span.parentSpanId === undefined)) return undefined
    const page = pageAt([...spans.entries()], { name, mark }, query)
    const items = await Promise.all(
      page.items.map(async span => skeletonOf(span, await source.nanoUsdOf(span, mark))),
    )
    return { traceId, spanCount: spans.length, ...page, items }
  },
  payload: async (traceId, spanId, given) => {
    const { asOf, ...query } = readPayloadQuery(given)
    const span = (await source.spans(traceId, await source.markAt(asOf))).find(each => each.spanId === spanId)
    const payload = query.of === 'error' ? span?.error?.value : span?.[query.of]
    return payload && inOneTurn(payloadPart(payload, query))
  },
  search: async (traceId, given) => {
    const query = readTraceSearch(given)
    const { name, mark } = await listOf(source, `search in ${traceId}`, query)
    const spans = orderSpans(await source.spans(traceId, mark))
    const hits = spans.map(span => inOneTurn(findInSpan(textsOf(span), query.term)))
    return pageAt([...hits.entries()], { name, mark }, query)
  },
})

interface SpanList<Mark = number | string> {
  /** Names the list in its cursors. */
  readonly name: string
  readonly mark: Mark
}

async function listOf<Mark extends number | string>(
  { markAt, isMark }: SpanSource<Mark>,
  name: string,
  query: Pick<ListQuery, 'cursor'> & { readonly asOf?: Revision | number },
): Promise<SpanList<Mark>> {
  return { name, mark: markOf<Mark>(query, name, isMark) ?? (await markAt(query.asOf)) }
}

/** A page of what there is, by its place in the order of the spans. */
function pageAt<T>(
  all: readonly (readonly [place: number, item: T | undefined])[],
  list: SpanList,
  query: Pick<ListQuery, 'limit' | 'cursor'>,
): Page<T> {
  const found = all.flatMap(([place, item]) => (item === undefined ? [] : [{ place, item }]))
  const positionOf = ({ place }: (typeof found)[number]): Position => [place, '']
  const compare = ([a]: Position, [b]: Position) => (a ?? 0) - (b ?? 0)
  const page = pageInOrder(found, { positionOf, compare, ...list }, query)
  return { ...page, items: page.items.map(({ item }) => item) }
}

const textsOf = ({ spanId, key, name, input, output, error }: SpanRecord): SpanTexts => ({
  spanId,
  key,
  name,
  input: input.json,
  output: output?.json,
  error: error && { message: `${error.name}: ${error.message}`, value: error.value.json },
})
