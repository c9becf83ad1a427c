import { types } from 'node:util'
import { RuntapeError } from '@runtape/core'
import { lostOf, type Place } from '../notes.ts'
import { errors } from './error-kind.ts'
import type { Inside, Kind } from './kind.ts'
import { webKindOf, webKinds } from './web-kinds.ts'

const dates: Kind = {
  name: 'date',
  write: (date: Date) => {
    const at = Date.prototype.getTime.call(date)
    return { json: Number.isNaN(at) ? null : new Date(at).toISOString(), ...lostOf(date, 'Date') }
  },
  read: json => ({ value: new Date(json === null ? Number.NaN : (json as string)) }),
}

const urls: Kind = {
  name: 'url',
  write: (url: URL, inside, place) => ({ json: inside.text(url.href, place) }),
  read: json => ({ value: new URL(json as string) }),
}

const regExps: Kind = {
  name: 'regexp',
  write: (regExp: RegExp) => {
    const { source, flags, lastIndex } = regExp
    return { json: source, detail: [flags, lastIndex], ...lostOf(regExp, 'RegExp') }
  },
  read: (json, detail) => {
    const [flags, lastIndex] = detail as [string, number]
    return { value: Object.assign(new RegExp(json as string, flags), { lastIndex }) }
  },
}

const viewNames = [
  'Int8Array',
  'Uint8Array',
  'Uint8ClampedArray',
  'Int16Array',
  'Uint16Array',
  'Int32Array',
  'Uint32Array',
  'Float16Array',
  'Float32Array',
  'Float64Array',
  'BigInt64Array',
  'BigUint64Array',
  'DataView',
]

/** Buffers and views of them. Two views of one buffer are restored with a buffer each. */
const bytes: Kind = {
  name: 'bytes',
  write: (value: ArrayBuffer | ArrayBufferView, inside, place) => {
    const { buffer, byteOffset, byteLength } = ArrayBuffer.isView(value) ? value : new Uint8Array(value)
    inside.grow(byteLength * 1.4)
    if (buffer instanceof ArrayBuffer && buffer.detached)
      throw new RuntapeError('invalid-record', 'its buffer is detached')
    const raw = Buffer.from(buffer, byteOffset, byteLength)
    return {
      json: withoutSecrets(raw, text => inside.text(text, place)).toString('base64'),
      detail: bytesClass(value),
    }
  },
  read: (json, detail) => ({ value: readBytes(Buffer.from(json as string, 'base64'), detail as string) }),
}

/** The bytes may be text; each is mapped to one character here, so that other bytes survive. */
export function withoutSecrets(raw: Buffer, redact: (text: string) => string): Buffer {
  if (raw.subarray(0, 256).some(isControl)) return raw
  const text = raw.toString('latin1')
  const kept = redact(text)
  return kept === text ? raw : Buffer.from(kept, 'latin1')
}

const isControl = (byte: number) => byte < 9 || (byte > 13 && byte < 32)

function bytesClass(value: ArrayBuffer | ArrayBufferView): string {
  if (Buffer.isBuffer(value)) return 'Buffer'
  return Object.prototype.toString.call(value).slice(8, -1)
}

function readBytes(raw: Buffer, name: string): unknown {
  if (name === 'Buffer') return raw
  // A copy: a view must start at a multiple of its element's size, and Buffer's pool does not.
  const { buffer } = new Uint8Array(raw)
  if (!viewNames.includes(name)) return buffer
  const View = (globalThis as unknown as Record<string, new (of: ArrayBuffer) => unknown>)[name]
  return View === undefined ? buffer : new View(buffer)
}

const maps: Kind = {
  name: 'map',
  write: (map: Map<unknown, unknown>, inside, place) => {
    // Alternating keys and values: one index is one path step.
    const flat: unknown[] = []
    Map.prototype.forEach.call(map, (value, key) => {
      flat.push(inside.item(key, place, flat.length))
      flat.push(entry([key, value], inside, place, flat.length))
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

function entry(
  [key, value]: readonly [unknown, unknown],
  inside: Inside,
  place: Place,
  index: number,
): unknown {
  if (typeof key === 'string' && inside.isSecret(key, value)) return inside.redact(place, index)
  return inside.item(value, place, index)
}

const sets: Kind = {
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

const own = [dates, urls, regExps, maps, sets, bytes, errors]
const kinds = new Map([...own, ...webKinds].map(kind => [kind.name, kind]))

/** The kind named by a mark. */
export const kindNamed = (name: string): Kind | undefined => kinds.get(name)

/** The kind of an object that is neither a plain object nor an array, if it can be kept. Includes other realms. */
export function kindOf(value: object): Kind | undefined {
  if (value instanceof Error || types.isNativeError(value)) return errors
  if (types.isDate(value)) return dates
  if (types.isMap(value)) return maps
  if (types.isSet(value)) return sets
  if (types.isRegExp(value)) return regExps
  if (value instanceof URL) return urls
  if (ArrayBuffer.isView(value) || types.isArrayBuffer(value)) return bytes
  return webKindOf(value)
}
