import type { Payload, PayloadMark } from '@runtape/core'

/** A place in a captured value at or under which there are marks, so that only those are visited. */
export interface MarkedPlace {
  readonly children: Map<string | number, MarkedPlace>
  /** What the JSON says here. */
  readonly json: unknown
  type?: string
  detail?: unknown
  /** The name of the codec that makes the value from what is here. */
  codec?: string
  /** Properties here whose names stand for `Symbol.for` keys. */
  symbolKeys?: readonly string[]
  /** For a repeated reference: where it was first. */
  first?: MarkedPlace
}

/** The marks of a payload as a tree over its JSON. */
export function markTree(payload: Payload): MarkedPlace {
  const root = placeOf(JSON.parse(payload.json))
  for (const [path, type, detail] of payload.meta ?? []) {
    const place = placeAt(root, path)
    // These two come beside another mark of the same place.
    if (type === 'codec') place.codec = detail as string
    else if (type === 'symbol-keys') place.symbolKeys = detail as string[]
    else setType(root, place, type, detail)
  }
  return root
}

function setType(root: MarkedPlace, place: MarkedPlace, type: string, detail: unknown): void {
  place.type = type
  place.detail = detail
  if (type === 'ref') place.first = placeAt(root, detail as PayloadMark[0])
}

const placeOf = (json: unknown): MarkedPlace => ({ children: new Map(), json })

function placeAt(root: MarkedPlace, path: PayloadMark[0]): MarkedPlace {
  let place = root
  for (const step of path) {
    let next = place.children.get(step)
    if (!next) {
      next = placeOf(ownOf(place.json, step))
      place.children.set(step, next)
    }
    place = next
  }
  return place
}

// A payload may come from anywhere: what an object inherits must not be taken for a part of it.
function ownOf(json: unknown, step: string | number): unknown {
  if (typeof json !== 'object' || json === null || !Object.hasOwn(json, step)) return undefined
  return (json as Record<string | number, unknown>)[step]
}
