import type { Inside, Kind } from './kind.ts'
import { lostOf } from './lost-of.ts'
import type { Place } from './place.ts'

export const maps: Kind = {
  name: 'map',
  write: (map: Map<unknown, unknown>, inside, place) => {
    // Keys and values in turn: one index is a step of a path.
    const flat: unknown[] = []
    Map.prototype.forEach.call(map, (value, key) => {
      flat.push(inside.item(key, place, flat.length))
      flat.push(entry(key, value, inside, place, flat.length))
    })
    return { json: flat, ...lostOf(map, 'Map') }
  },
  read: json => {
    const value = new Map<unknown, unknown>()
    const { length } = json as unknown[]
    return {
      value,
      fill: child => {
        for (let index = 0; index < length; index += 2) value.set(child(index), child(index + 1))
      },
    }
  },
}

function entry(key: unknown, value: unknown, inside: Inside, place: Place, index: number): unknown {
  if (typeof key === 'string' && inside.isSecret(key)) return inside.redact(place, index)
  return inside.item(value, place, index)
}

export const sets: Kind = {
  name: 'set',
  write: (set: Set<unknown>, inside, place) => {
    const items: unknown[] = []
    Set.prototype.forEach.call(set, value => items.push(inside.item(value, place, items.length)))
    return { json: items, ...lostOf(set, 'Set') }
  },
  read: json => {
    const value = new Set<unknown>()
    const { length } = json as unknown[]
    return {
      value,
      fill: child => {
        for (let index = 0; index < length; index++) value.add(child(index))
      },
    }
  },
}
