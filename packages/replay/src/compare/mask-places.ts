import type { Payload } from '@runtape/core'
import { pathOf } from './unread-places.ts'

/** The payload without the values at these paths, so that everything else can be compared. */
export function maskPlaces(payload: Payload, places: ReadonlySet<string>): Payload {
  const json = JSON.stringify(without(JSON.parse(payload.json), '$', places))
  const meta = payload.meta?.filter(([path]) => !isUnder(pathOf(path), places))
  return { json, ...(meta && { meta }) }
}

function without(value: unknown, path: string, places: ReadonlySet<string>): unknown {
  if (places.has(path)) return null
  // In a string that is itself JSON, something inside was redacted.
  if (typeof value === 'string') return hasInside(path, places) ? null : value
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((item, index) => without(item, `${path}[${index}]`, places))
  const fields = Object.entries(value).map(([key, inner]) => [key, without(inner, `${path}.${key}`, places)])
  return Object.fromEntries(fields)
}

function hasInside(path: string, places: ReadonlySet<string>): boolean {
  for (const place of places)
    if (place.startsWith(path) && /^[.[]/.test(place.slice(path.length))) return true
  return false
}

function isUnder(path: string, places: ReadonlySet<string>): boolean {
  if (places.has(path)) return true
  for (const place of places)
    if (path.startsWith(place) && /^[.[]/.test(path.slice(place.length))) return true
  return false
}
