import type { InTurns } from '../payloads/json-scanner.ts'
import { payloadPart } from '../payloads/payload-part.ts'
import {
  decodeSpanCursor,
  encodeSpanCursor,
  readPayloadQuery,
  readSkeletonQuery,
  readTraceSearch,
} from '../query/read-trace-parts.ts'
import type { SpanRecord } from '../records/records.ts'
import { orderSpans } from '../records/span-order.ts'
import { findInSpan, type SpanTexts } from '../search/find-in-span.ts'
import type { Store } from '../store/store.ts'
import type { SpanHit } from '../store/traces/trace-parts.ts'
import { skeletonOf } from './span-skeleton.ts'

/** The spans of a store that reads whole traces. */
export interface SpanSource<Mark extends number | string = number> {
  /** Names the spans that there are now. */
  mark(): Mark | Promise<Mark>
  /** Whether a cursor may contain such a mark. Default: it is a number. */
  readonly isMark?: (mark: unknown) => boolean
  /** The spans of a trace as of a mark. */
  spans(traceId: string, mark: Mark): Promise<readonly SpanRecord[]>
  /** Cost of its call in billionths of a US dollar. */
  nanoUsdOf(span: SpanRecord, mark: Mark): Promise<number | undefined>
}

/** `skeleton`, `payload` and `search` for stores that read whole traces. */
export const partsOfSpans = <Mark extends number | string = number>(
  source: SpanSource<Mark>,
): Pick<Store['traces'], 'skeleton' | 'payload' | 'search'> => ({
  skeleton: async (traceId, query) => {
    const { limit, cursor } = readSkeletonQuery(query)
    const { offset, ...given } = decodeSpanCursor<Mark>('skeleton', traceId, cursor, source.isMark)
    const mark = given.mark ?? (await source.mark())
    const spans = orderSpans(await source.spans(traceId, mark))
    if (!spans.some(span => span.parentSpanId === undefined)) return undefined
    const wanted = spans.slice(offset, offset + limit)
    const items = await Promise.all(
      wanted.map(async span => skeletonOf(span, await source.nanoUsdOf(span, mark))),
    )
    const next = offset + limit
    const isLast = next >= spans.length
    const nextCursor = encodeSpanCursor({ list: 'skeleton', traceId, offset: next, mark })
    return { traceId, spanCount: spans.length, items, ...(!isLast && { nextCursor }) }
  },
  payload: async (traceId, spanId, given) => {
    const query = readPayloadQuery(given)
    const span = (await source.spans(traceId, await source.mark())).find(each => each.spanId === spanId)
    const payload = query.of === 'error' ? span?.error?.value : span?.[query.of]
    return payload && inOneTurn(payloadPart(payload, query))
  },
  search: async (traceId, query) => {
    const { term, limit, cursor } = readTraceSearch(query)
    const { offset, ...given } = decodeSpanCursor<Mark>('search', traceId, cursor, source.isMark)
    const mark = given.mark ?? (await source.mark())
    const spans = orderSpans(await source.spans(traceId, mark))
    const items: SpanHit[] = []
    for (let at = offset; at < spans.length; at++) {
      if (items.length === limit)
        return { items, nextCursor: encodeSpanCursor({ list: 'search', traceId, offset: at, mark }) }
      const hit = inOneTurn(findInSpan(textsOf(spans[at] as SpanRecord), term))
      if (hit) items.push(hit)
    }
    return { items }
  },
})

const textsOf = ({ spanId, key, name, input, output, error }: SpanRecord): SpanTexts => ({
  spanId,
  key,
  name,
  input: input.json,
  output: output?.json,
  error: error && { message: `${error.name}: ${error.message}`, value: error.value.json },
})

function inOneTurn<T>(work: InTurns<T>): T {
  for (;;) {
    const { done, value } = work.next()
    if (done) return value
  }
}
