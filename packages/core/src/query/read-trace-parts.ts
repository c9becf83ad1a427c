import { longestTerm } from '../payloads/payload-texts.ts'
import { folded } from '../search/fold-text.ts'
import type { PayloadQuery, SkeletonQuery, TraceSearchQuery } from '../store/traces/trace-parts.ts'
import {
  type Check,
  type Checked,
  type Checks,
  limitOf,
  moment,
  oneOf,
  read,
  refusal,
  text,
} from './read-query.ts'

const skeletonChecks = {
  limit: limitOf('spans', 'Omit it for 1000.'),
  cursor: text,
  asOf: moment,
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
  asOf: moment,
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
  asOf: moment,
} satisfies Checks<TraceSearchQuery>

/** The arguments of `traces.skeleton`, as every store reads them. */
export const readSkeletonQuery = (
  query: SkeletonQuery = {},
): Checked<SkeletonQuery> & { readonly limit: number } => ({ limit: 1000, ...read(query, skeletonChecks) })

/** The arguments of `traces.payload`, as every store reads them. */
export function readPayloadQuery(query: PayloadQuery): Checked<PayloadQuery> {
  const checked = read(query, payloadChecks)
  payloadChecks.of('of', checked.of)
  return checked
}

/** The arguments of `traces.search`, as every store reads them. */
export function readTraceSearch(
  query: TraceSearchQuery,
): Checked<TraceSearchQuery> & { readonly term: string; readonly limit: number } {
  const checked = read(query, searchChecks)
  searchedText('text', checked.text)
  return { limit: 50, ...checked, term: folded(checked.text) }
}
