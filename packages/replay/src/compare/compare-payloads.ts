import type { Payload } from '@runtape/core'
import { fingerprint } from '@runtape/trace'
import { withSharedHeaders } from './answer-headers.ts'
import { maskPlaces } from './mask-places.ts'
import { isRead, pathOf, unreadPlaces } from './unread-places.ts'

/**
 * Result of a comparison. `unknown`: the readable parts are equal, but some parts cannot be read, and `reason` lists them. For
 * results of calls, `reason` of `different` means another kind of result, and `isAlike` that the values are equal nevertheless.
 */
export type Comparison =
  | { readonly result: 'same' }
  | { readonly result: 'different'; readonly reason?: string; readonly isAlike?: boolean }
  | { readonly result: 'unknown'; readonly reason: string }

const same: Comparison = { result: 'same' }
const different: Comparison = { result: 'different' }
const unknown = (reason: string): Comparison => ({ result: 'unknown', reason })

/** Compares two captured values. Parts that either of them could not keep never count as equal. */
export function comparePayloads(a: Payload | undefined, b: Payload | undefined): Comparison {
  if (!a || !b) return a === b ? same : different
  if (a.truncated !== undefined || b.truncated !== undefined) return compareSizes(a, b)
  if (a.json === b.json && isRead(a) && isRead(b)) return same
  try {
    return compareWhole(...withSharedHeaders(a, b))
  } catch {
    return unknown('the tape is damaged here')
  }
}

function compareWhole(a: Payload, b: Payload): Comparison {
  if (!isAlike(a, b)) return different
  const places = unreadPlaces(a, b)
  return places.length === 0 ? same : unknown(reasonOf(places))
}

// Limits may have changed: a complete value as large as the truncated one may be equal to it.
function compareSizes(a: Payload, b: Payload): Comparison {
  const [sizeA, sizeB] = [a, b].map(({ truncated, json }) => truncated ?? json.length) as [number, number]
  if (a.truncated !== undefined && b.truncated !== undefined && sizeA !== sizeB) return different
  const complete = a.truncated === undefined ? sizeA : sizeB
  const cut = a.truncated === undefined ? sizeB : sizeA
  return complete < cut ? different : unknown(`it was too large to keep (${cut} bytes; see maxPayloadBytes)`)
}

/** Whether the readable parts of both are equal. */
function isAlike(a: Payload, b: Payload): boolean {
  const hidden = hiddenPlaces(a, b)
  if (hidden.size === 0) return fingerprint(a) === fingerprint(b)
  return fingerprint(maskPlaces(a, hidden)) === fingerprint(maskPlaces(b, hidden))
}

/** Paths that only one of them could keep: redacted now, or kept completely now. */
function hiddenPlaces(a: Payload, b: Payload): ReadonlySet<string> {
  return new Set([
    ...redactedInOne(a, b),
    ...redactedInOne(b, a),
    ...wholeInOne(a, b),
    ...wholeInOne(b, a),
    ...bodiesInOne(a, b),
    ...bodiesInOne(b, a),
  ])
}

const redactedInOne = ({ redacted = [] }: Payload, other: Payload): string[] =>
  redacted.filter(path => !other.redacted?.includes(path))

function wholeInOne({ lossy = [] }: Payload, { meta = [], lossy: others = [] }: Payload): string[] {
  const instances = lossy.filter(place => place.includes(': an instance of ') && !others.includes(place))
  if (instances.length === 0) return []
  const read = new Set(meta.flatMap(([path, type]) => (type === 'instance' ? [] : [pathOf(path)])))
  return instances.map(place => place.slice(0, place.indexOf(': '))).filter(path => read.has(path))
}

// Bodies and blob bytes that only one of them has read.
const bodiesInOne = ({ lossy = [] }: Payload, { lossy: others = [] }: Payload): string[] =>
  lossy
    .filter(place => /^.*\.(?:body|content): its b/.test(place) && !others.includes(place))
    .map(place => place.slice(0, place.indexOf(': ')))

const mostNamed = 3

function reasonOf(places: readonly string[]): string {
  const more = places.length > mostNamed ? ` and ${places.length - mostNamed} more` : ''
  return `not everything in it can be read (${places.slice(0, mostNamed).join(', ')}${more})`
}
