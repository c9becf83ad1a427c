import type { Payload } from '@runtape/core'

/** Whether the JSON of a captured value is complete. */
export const isRead = ({ meta, truncated, lossy, redacted }: Payload): boolean =>
  meta === undefined && truncated === undefined && lossy === undefined && redacted === undefined

/** A path in the notation of payload marks: `$.order.items[2]`. */
export const pathOf = (path: readonly (string | number)[]): string =>
  `$${path.map(step => (typeof step === 'number' ? `[${step}]` : `.${step}`)).join('')}`

// For an error of an application class everything except its prototype is kept, unless it has private fields.
const keptAsError = /: an instance of \S+, kept as (?:\w*Error|DOMException)$/

// Captures list no more.
const mostListed = 100

/** Whether nothing in it was lost or redacted: its `unreadPlaces` is empty. */
export const isWhole = (payload: Payload | null | undefined): boolean =>
  payload == null || (payload.lossy === undefined && payload.redacted === undefined)

/** Paths of captured values that cannot be compared, each with the reason: `$.price: an instance of Money`. */
export function unreadPlaces(...payloads: readonly (Payload | undefined)[]): string[] {
  if (payloads.every(isWhole)) return []
  const places = new Set<string>()
  for (const { lossy = [], redacted = [] } of payloads.filter(payload => payload != null)) {
    const isCut = lossy.length >= mostListed
    for (const place of lossy) if (isCut || !keptAsError.test(place)) places.add(place)
    for (const path of redacted) places.add(`${path}: redacted`)
  }
  return [...places]
}
