import type { Payload } from '@runtape/core'
import { pathOf } from './unread-places.ts'

/**
 * Two thrown errors without the headers that only one of them has. An SDK puts the response headers on its error. The tape keeps
 * only the significant ones, so a replay's error lacks the others, such as `date` and `set-cookie`.
 */
export function withSharedHeaders(a: Payload, b: Payload): readonly [Payload, Payload] {
  if (!isError(a) || !isError(b)) return [a, b]
  const places = headerPlaces(a).filter(path => headerPlaces(b).includes(path))
  if (places.length === 0) return [a, b]
  const [inA, inB] = [headersAt(a, places), headersAt(b, places)]
  return [keepNames(a, inA, inB), keepNames(b, inB, inA)]
}

const isError = ({ meta = [] }: Payload): boolean =>
  meta.some(([path, type]) => path.length === 0 && type === 'error')

const headerPlaces = ({ meta = [] }: Payload): string[] =>
  meta.flatMap(([path, type]) => (type === 'headers' ? [pathOf(path)] : []))

/** Alternating names and values, by the path of the headers. */
type HeaderLists = ReadonlyMap<string, readonly string[]>

function headersAt({ json }: Payload, places: readonly string[]): HeaderLists {
  const found = new Map<string, readonly string[]>()
  visit(JSON.parse(json), '$', (path, value) => {
    if (places.includes(path) && Array.isArray(value)) found.set(path, value)
  })
  return found
}

function keepNames(payload: Payload, own: HeaderLists, others: HeaderLists): Payload {
  const kept = (path: string): number[] => {
    const names = new Set(others.get(path)?.filter((_, index) => index % 2 === 0))
    const list = own.get(path) ?? []
    return list.flatMap((_, index) => (names.has(list[index - (index % 2)] ?? '') ? [index] : []))
  }
  const json = visit(JSON.parse(payload.json), '$', path =>
    own.has(path) ? kept(path).map(index => own.get(path)?.[index]) : undefined,
  )
  const redacted = payload.redacted?.flatMap(place => {
    const [, path = '', index] = /^(.*)\[(\d+)\]$/.exec(place) ?? []
    if (!own.has(path)) return [place]
    const at = kept(path).indexOf(Number(index))
    return at === -1 ? [] : [`${path}[${at}]`]
  })
  const { redacted: _, ...rest } = payload
  return { ...rest, json: JSON.stringify(json), ...(redacted && redacted.length > 0 && { redacted }) }
}

/** A copy with values replaced by `change`; where it returns `undefined`, the value stays. */
function visit(value: unknown, path: string, change: (path: string, value: unknown) => unknown): unknown {
  const changed = change(path, value)
  if (changed !== undefined || typeof value !== 'object' || value === null) return changed ?? value
  if (Array.isArray(value)) return value.map((item, index) => visit(item, `${path}[${index}]`, change))
  const fields = Object.entries(value).map(([key, inner]) => [key, visit(inner, `${path}.${key}`, change)])
  return Object.fromEntries(fields)
}
