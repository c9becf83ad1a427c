import type { Payload } from '@runtape/core'
import { kindNamed, type Read } from './kinds.ts'
import { type MarkedPlace, markTree } from './mark-tree.ts'
import { setField } from './set-field.ts'

/** Makes the captured value again. What was lossy comes back as its readable stand-in. */
export function decodeValue(payload: Payload): unknown {
  if (payload.meta === undefined) return JSON.parse(payload.json)
  const root = markTree(payload)
  const made = makeAll(root)
  // Filled when all are made, so that it does not matter which of two places comes first.
  for (const [place, { fill }] of made) fill?.(childrenOf(place, made))
  return valueOf(root, made)
}

type Made = Map<MarkedPlace, Read>

function makeAll(root: MarkedPlace): Made {
  const made: Made = new Map()
  const waiting = [root]
  for (let place = waiting.pop(); place; place = waiting.pop()) {
    made.set(place, make(place))
    for (const child of place.children.values()) waiting.push(child)
  }
  return made
}

function make(place: MarkedPlace): Read {
  const { json, type, detail } = place
  switch (type) {
    case 'undefined':
      return { value: undefined }
    case 'number':
      return { value: Number(json) }
    case 'bigint':
      return { value: BigInt(json as string) }
    case 'symbol':
      return { value: Symbol.for(json as string) }
    default:
      return kindNamed(type ?? '')?.read(json, detail) ?? container(place)
  }
}

function container({ json, type, detail, children }: MarkedPlace): Read {
  const value = json as object
  const fill: Read['fill'] = child => {
    for (const key of children.keys()) setField(value, key, child(key))
    if (type === 'null-prototype') Object.setPrototypeOf(value, null)
    if (type === 'holes') for (const hole of detail as number[]) delete (value as unknown[])[hole]
  }
  return { value, fill }
}

function valueOf(place: MarkedPlace, made: Made): unknown {
  return made.get(place.first ?? place)?.value
}

function childrenOf({ json, children }: MarkedPlace, made: Made): (key: string | number) => unknown {
  return key => {
    const child = children.get(key)
    return child ? valueOf(child, made) : (json as Record<string | number, unknown>)[key]
  }
}
