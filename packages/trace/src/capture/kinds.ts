import { types } from 'node:util'
import { setField } from './fields.ts'
import { lostOf, type Place } from './notes.ts'

/** A kind of value that JSON has no word for: how it is written, and how it is read back. */
export interface Kind {
  readonly name: string
  /** A stand-in that a person can read; what is inside is captured by `inside`. */
  write(value: never, inside: Inside, place: Place): Written
  /** Makes the value again; `fill` then puts in what was inside, so that a cycle finds its way back. */
  read(json: unknown, detail: unknown): Read
}

/** Captures what is inside of the value at `place`; names and indexes are steps of a path in its stand-in. */
export interface Inside {
  item(value: unknown, place: Place, index: number): unknown
  /** Reads the property; where that throws it is lost, and nothing else is. */
  field(owner: object, name: string, place: Place): unknown
  /** True where this value is to be kept out when it stands under this name. */
  isSecret(name: string, value: unknown): boolean
  /** The text of the value at `place` without secrets. */
  text(text: string, place: Place): string
  /** Keeps a value out, and says so. */
  redact(place: Place, index: number): unknown
  /** Makes room for so many bytes of JSON, or ends the capture. */
  grow(bytes: number): void
}

interface Written {
  readonly json: unknown
  readonly detail?: unknown
  /** What of it cannot be kept. */
  readonly lost?: string
}

export interface Read {
  readonly value: unknown
  readonly fill?: (child: (key: string | number) => unknown) => void
}

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

/** Buffers and views of them. Two views of one buffer come back with a buffer each. */
const bytes: Kind = {
  name: 'bytes',
  write: (value: ArrayBuffer | ArrayBufferView, inside, place) => {
    const { buffer, byteOffset, byteLength } = ArrayBuffer.isView(value) ? value : new Uint8Array(value)
    inside.grow(byteLength * 1.4)
    if (buffer instanceof ArrayBuffer && buffer.detached) throw new TypeError('its buffer is detached')
    const raw = Buffer.from(buffer, byteOffset, byteLength)
    return { json: withoutSecrets(raw, inside, place).toString('base64'), detail: bytesClass(value) }
  },
  read: (json, detail) => ({ value: readBytes(Buffer.from(json as string, 'base64'), detail as string) }),
}

/** Bytes may be a text; each of them is a character of its own here, so that others come back as they are. */
function withoutSecrets(raw: Buffer, inside: Inside, place: Place): Buffer {
  if (raw.subarray(0, 256).some(isControl)) return raw
  const text = raw.toString('latin1')
  const kept = inside.text(text, place)
  return kept === text ? raw : Buffer.from(kept, 'latin1')
}

const isControl = (byte: number) => byte < 9 || (byte > 13 && byte < 32)

function bytesClass(value: ArrayBuffer | ArrayBufferView): string {
  if (Buffer.isBuffer(value)) return 'Buffer'
  return Object.prototype.toString.call(value).slice(8, -1)
}

function readBytes(raw: Buffer, name: string): unknown {
  if (name === 'Buffer') return raw
  // A copy of its own: a view must start at a multiple of its element's size, and Buffer's pool does not.
  const { buffer } = new Uint8Array(raw)
  if (!viewNames.includes(name)) return buffer
  const View = (globalThis as unknown as Record<string, new (of: ArrayBuffer) => unknown>)[name]
  return View === undefined ? buffer : new View(buffer)
}

const maps: Kind = {
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

type MakeError = (json: { name?: string; message?: string }) => Error

const classes = new Map<string, MakeError>([
  ['Error', () => new Error()],
  ['EvalError', () => new EvalError()],
  ['RangeError', () => new RangeError()],
  ['ReferenceError', () => new ReferenceError()],
  ['SyntaxError', () => new SyntaxError()],
  ['TypeError', () => new TypeError()],
  ['URIError', () => new URIError()],
  ['AggregateError', () => new AggregateError([])],
  ['DOMException', ({ message, name }) => new DOMException(message, name)],
])
const hidden = ['name', 'message', 'stack', 'cause', 'errors']

/** Errors. One of a class of the application's own comes back as the built-in one that it extends. */
const errors: Kind = {
  name: 'error',
  write: (error: Error, inside, place) => {
    const [kept, own] = classesOf(error)
    const enumerable = Object.keys(error)
    const fields = fieldsOf(error, kept, enumerable, inside, place)
    const shown = enumerable.filter(field => hidden.includes(field))
    const detail = shown.length === 0 ? kept : [kept, ...shown]
    return { json: fields, detail, ...(own !== kept && { lost: `an instance of ${own}, kept as ${kept}` }) }
  },
  read: (json, detail) => {
    const [kept, ...shown] = [detail].flat() as string[]
    const fields = json as Record<string, unknown>
    const make = classes.get(kept ?? 'Error') ?? classes.get('Error')
    const value = make?.(fields) as Error
    return { value, fill: child => fill(value, fields, shown, child) }
  },
}

function fieldsOf(
  error: Error,
  kept: string,
  enumerable: readonly string[],
  inside: Inside,
  place: Place,
): object {
  const fields = {}
  for (const field of new Set([...hidden, ...enumerable])) {
    const inherited = field === 'name' || (field === 'message' && kept === 'DOMException')
    if (inherited || Object.hasOwn(error, field)) setField(fields, field, inside.field(error, field, place))
  }
  return fields
}

/** The built-in class that comes back, and the error's own. By name, so that errors of another realm are known. */
function classesOf(error: Error): [kept: string, own: string] {
  let own: string | undefined
  for (let at = Object.getPrototypeOf(error); at !== null; at = Object.getPrototypeOf(at)) {
    const { name } = (Object.getOwnPropertyDescriptor(at, 'constructor')?.value ?? {}) as { name?: unknown }
    if (typeof name !== 'string') continue
    own ??= name
    if (classes.has(name)) return [name, own]
  }
  return ['Error', own ?? 'Error']
}

function fill(
  error: Error,
  json: Record<string, unknown>,
  shown: readonly string[],
  child: (key: string) => unknown,
): void {
  for (const field of Object.keys(json)) {
    const value = child(field)
    // What the class says by itself needs no property of its own.
    if ((field === 'name' || field === 'message') && error[field] === value && !shown.includes(field)) {
      if (field === 'name' || error instanceof DOMException || Object.hasOwn(error, field)) continue
    }
    const enumerable = !hidden.includes(field) || shown.includes(field)
    Object.defineProperty(error, field, { value, enumerable, configurable: true, writable: true })
  }
}

const kinds = new Map([dates, urls, regExps, maps, sets, bytes, errors].map(kind => [kind.name, kind]))

/** The kind that a mark names. */
export const kindNamed = (name: string): Kind | undefined => kinds.get(name)

/** The kind of an object that is neither a plain object nor an array, if it can be kept. Also of another realm. */
export function kindOf(value: object): Kind | undefined {
  if (value instanceof Error || types.isNativeError(value)) return errors
  if (types.isDate(value)) return dates
  if (types.isMap(value)) return maps
  if (types.isSet(value)) return sets
  if (types.isRegExp(value)) return regExps
  if (value instanceof URL) return urls
  if (ArrayBuffer.isView(value) || types.isArrayBuffer(value)) return bytes
  return undefined
}
