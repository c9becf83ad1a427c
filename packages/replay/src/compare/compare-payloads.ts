import type { Payload } from '@runtape/core'
import { fingerprint } from '@runtape/trace'
import { withSharedHeaders } from './answer-headers.ts'
import { maskPlaces } from './mask-places.ts'
import { isRead, pathOf, unreadPlaces } from './unread-places.ts'

/**
 * What a comparison found. `unknown`: what could be read is equal, and not all could; `reason` says what could not. Of
 * results: `reason` of `different` says that they are of another kind, and `isAlike` that they give the same all the same.
 */
export type Comparison =
  | { readonly result: 'same' }
  | { readonly result: 'different'; readonly reason?: string; readonly isAlike?: boolean }
  | { readonly result: 'unknown'; readonly reason: string }

const same: Comparison = { result: 'same' }
const different: Comparison = { result: 'different' }
const unknown = (reason: string): Comparison => ({ result: 'unknown', reason })

/** Compares two captured values. Nothing that either of them could not keep is taken for equal. */
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

// Limits may have changed since: one that is complete and as large as the other may be its equal.
function compareSizes(a: Payload, b: Payload): Comparison {
  const [sizeA, sizeB] = [a, b].map(({ truncated, json }) => truncated ?? json.length) as [number, number]
  if (a.truncated !== undefined && b.truncated !== undefined && sizeA !== sizeB) return different
  const complete = a.truncated === undefined ? sizeA : sizeB
  const cut = a.truncated === undefined ? sizeB : sizeA
  return complete < cut ? different : unknown(`it was too large to keep (${cut} bytes; see maxPayloadBytes)`)
}

/** Whether what could be read of both is equal. */
function isAlike(a: Payload, b: Payload): boolean {
  const hidden = hiddenPlaces(a, b)
  if (hidden.size === 0) return fingerprint(a) === fingerprint(b)
  return fingerprint(maskPlaces(a, hidden)) === fingerprint(maskPlaces(b, hidden))
}

/** Places that only one of both could show: what a rule redacts now, and what is kept whole now. */
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

// Bodies and the bytes of blobs that only one of both has read.
const bodiesInOne = ({ lossy = [] }: Payload, { lossy: others = [] }: Payload): string[] =>
  lossy
    .filter(place => /^.*\.(?:body|content): its b/.test(place) && !others.includes(place))
    .map(place => place.slice(0, place.indexOf(': ')))

const mostNamed = 3

function reasonOf(places: readonly string[]): string {
  const more = places.length > mostNamed ? ` and ${places.length - mostNamed} more` : ''
  return `not everything in it can be read (${places.slice(0, mostNamed).join(', ')}${more})`
}
