import { RuntapeError } from '../errors.ts'
import { longestTerm } from '../payloads/payload-texts.ts'
import { folded } from '../search/fold-text.ts'
import type { PayloadQuery, SkeletonQuery, TraceSearchQuery } from '../store/traces/trace-parts.ts'
import { type Check, type Checks, limitOf, oneOf, read, refusal, text } from './read-query.ts'

const skeletonChecks = {
  limit: limitOf('spans', 'Omit it for 1000.'),
  cursor: text,
} satisfies Checks<SkeletonQuery>

const offset: Check = (name, value) => {
  if (!Number.isSafeInteger(value) || (value as number) < 0)
    throw refusal(name, value, 'must be a whole number, 0 or more')
}

const isStep = (step: unknown): boolean =>
  typeof step === 'string' || (Number.isSafeInteger(step) && (step as number) >= 0)

const path: Check = (name, value) => {
  if (Array.isArray(value) && value.every(isStep)) return
  if (typeof value === 'string' && /^\$(?:$|[.[])/.test(value)) return
  throw refusal(name, value, 'is not a path', "Use '$.messages[0].content', or ['messages', 0, 'content'].")
}

const payloadChecks = {
  of: oneOf('input', 'output', 'error'),
  path,
  offset,
  limit: limitOf('children or characters', 'Omit it for 100 children or 10000 characters.'),
} satisfies Checks<PayloadQuery>

export const searchedText: Check = (name, value) => {
  if (typeof value !== 'string' || value.trim() === '')
    throw refusal(
      name,
      value,
      'must be a text to search for',
      'Use at least one character that is not a space.',
    )
  if (value.length > longestTerm)
    throw refusal(name, `${value.slice(0, 20)}…`, `must have at most ${longestTerm} characters`)
}

const searchChecks = {
  text: searchedText,
  limit: limitOf('spans', 'Omit it for 50.'),
  cursor: text,
} satisfies Checks<TraceSearchQuery>

/** The arguments of `traces.skeleton`, as every store reads them. */
export const readSkeletonQuery = (query: SkeletonQuery = {}): SkeletonQuery & { readonly limit: number } => ({
  limit: 1000,
  ...(read(query as object, skeletonChecks) as SkeletonQuery),
})

/** The arguments of `traces.payload`, as every store reads them. */
export function readPayloadQuery(query: PayloadQuery): PayloadQuery {
  const checked = read(query as object, payloadChecks) as unknown as PayloadQuery
  payloadChecks.of('of', checked.of)
  return checked
}

/** The arguments of `traces.search`, as every store reads them. */
export function readTraceSearch(
  query: TraceSearchQuery,
): TraceSearchQuery & { readonly term: string; readonly limit: number } {
  const checked = read(query as object, searchChecks) as unknown as TraceSearchQuery
  searchedText('text', checked.text)
  return { limit: 50, ...checked, term: folded(checked.text) }
}

/** The end of a page of the spans of a trace. */
export interface SpanCursor<Mark extends number | string = number> {
  readonly list: 'skeleton' | 'search'
  readonly traceId: string
  /** Number of spans before the next page. */
  readonly offset: number
  /** The point in time that all pages show; only the store interprets it. */
  readonly mark: Mark
}

export const encodeSpanCursor = ({ list, traceId, offset, mark }: SpanCursor<number | string>): string =>
  Buffer.from(JSON.stringify([list, traceId, offset, mark])).toString('base64url')

/**
 * The place where a page begins: the start of the trace without a cursor.
 *
 * @throws {RuntapeError} `invalid-option` for a cursor that this list of this trace did not return
 */
export function decodeSpanCursor<Mark extends number | string = number>(
  list: SpanCursor['list'],
  traceId: string,
  cursor: string | undefined,
  isMark: (mark: unknown) => boolean = mark => typeof mark === 'number',
): Pick<SpanCursor, 'offset'> & { readonly mark?: Mark } {
  if (cursor === undefined) return { offset: 0 }
  try {
    const parts: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString())
    const [of, trace, from, mark] = Array.isArray(parts) ? parts : []
    if (of === list && trace === traceId && Number.isSafeInteger(from) && isMark(mark))
      return { offset: from, mark }
  } catch {
    // Reported below, like any other invalid text.
  }
  throw new RuntapeError(
    'invalid-option',
    `cursor was not returned by traces.${list} for this trace. Pass the nextCursor of the previous page unchanged, or none to start over.`,
  )
}
