import { types } from 'node:util'
import { fieldOfSymbol, setField, symbolOfField } from '../fields.ts'
import type { LateBytes } from '../late/late-bytes.ts'
import { lostOf, type Place } from '../notes.ts'
import { classChain, errorPrototype, hasPrivateNames, rememberErrorClass } from './error-classes.ts'
import { webKindOf, webKinds } from './web-kinds.ts'

/** A kind of value that JSON has no word for: how it is written, and how it is read back. */
export interface Kind {
  readonly name: string
  /** A stand-in that a person can read; what is inside is captured by `inside`. */
  write(value: never, inside: Inside, place: Place): Written
  /** Makes the value again; `fill` then puts in what was inside, so that a cycle finds its way back. */
  read(json: unknown, detail: unknown, reading: Reading): Read
}

/** How values are made again. */
export interface Reading {
  /** Whether to look for classes that were not seen yet. */
  readonly search: boolean
  /** Reports a value that could not be made again as it was, with a stand-in in its place. */
  incomplete(why: string): void
}

/** Captures what is inside of the value at `place`; names and indexes are steps of a path in its stand-in. */
export interface Inside {
  item(value: unknown, place: Place, index: number): unknown
  /** Reads the property; where that throws it is lost, and nothing else is. */
  field(owner: object, name: string | symbol, place: Place): unknown
  /** True where this value is to be kept out when it stands under this name. */
  isSecret(name: string, value: unknown): boolean
  /** The text of the value at `place` without secrets. */
  text(text: string, place: Place): string
  /** Keeps a value out, and says so. */
  redact(place: Place, key: number | string): unknown
  /**
   * Puts bytes under `key` of the stand-in `json` when they have been read: as a text, or `{ base64 }`.
   *
   * @param begin starts to read them, or says why they are not kept
   */
  later(json: Record<string, unknown>, key: string, place: Place, begin: () => LateBytes | string): void
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
    return {
      json: withoutSecrets(raw, text => inside.text(text, place)).toString('base64'),
      detail: bytesClass(value),
    }
  },
  read: (json, detail) => ({ value: readBytes(Buffer.from(json as string, 'base64'), detail as string) }),
}

/** Bytes may be a text; each of them is a character of its own here, so that others come back as they are. */
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

const makers = new Map<string, MakeError>([
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

/** What is said of an error that is of a class of the application's own, or has properties with symbols as keys. */
interface ErrorDetail {
  readonly kept: string
  readonly shown?: readonly string[]
  /** Its class and those that it extends, up to the built-in one. */
  readonly classes?: readonly string[]
  readonly symbols?: readonly string[]
  /** Its own properties that are not enumerable. */
  readonly concealed?: readonly string[]
}

/** Errors. One of a class of the application's own is made again as one of the class of that name. */
const errors: Kind = {
  name: 'error',
  write: (error: Error, inside, place) => {
    const prototype = Object.getPrototypeOf(error) as object
    const kept = builtInOf(prototype)
    const classes = classChain(prototype, name => makers.has(name))
    const enumerable = Object.keys(error)
    const symbols = namedSymbols(error)
    const concealed = concealedFields(error)
    const json = fieldsOf(error, kept, [...enumerable, ...concealed], inside, place)
    for (const [field, symbol] of symbols) setField(json, field, inside.field(error, symbol, place))
    const shown = enumerable.filter(field => hidden.includes(field))
    const lost = classes.length > 0 ? lostOfClass(classes[0] as string, prototype) : undefined
    const detail =
      classes.length > 0 || symbols.size > 0 || concealed.length > 0
        ? ({
            kept,
            ...ifAny('shown', shown),
            ...ifAny('classes', classes),
            ...ifAny('symbols', [...symbols.keys()]),
            ...ifAny('concealed', concealed),
          } satisfies ErrorDetail)
        : shown.length === 0
          ? kept
          : [kept, ...shown]
    return { json, detail, ...(lost !== undefined && { lost }) }
  },
  read: (json, detail, reading) => {
    const { kept, shown = [], classes, symbols = [], concealed = [] } = readDetail(detail)
    const fields = json as Record<string, unknown>
    const make = makers.get(kept) ?? makers.get('Error')
    const value = make?.(fields) as Error
    if (classes) becomeOfClass(value, classes, reading)
    return { value, fill: child => fill(value, fields, { shown, symbols, concealed }, child) }
  },
}

const ifAny = <Name extends string>(name: Name, list: readonly string[]) =>
  (list.length > 0 ? { [name]: list } : {}) as { readonly [N in Name]?: readonly string[] }

function readDetail(detail: unknown): ErrorDetail {
  if (typeof detail === 'object' && detail !== null && !Array.isArray(detail)) return detail as ErrorDetail
  const [kept = 'Error', ...shown] = [detail].flat() as string[]
  return { kept, shown }
}

function lostOfClass(name: string, prototype: object): string | undefined {
  rememberErrorClass(name, prototype)
  return hasPrivateNames(prototype) ? `an instance of ${name}, which has private fields` : undefined
}

function becomeOfClass(error: Error, classes: readonly string[], { search, incomplete }: Reading): void {
  const prototype = errorPrototype(classes, search)
  if (typeof prototype === 'string') incomplete(prototype)
  else Object.setPrototypeOf(error, prototype)
}

/** Properties whose keys are `Symbol.for` ones, by the names under which they are captured. */
function namedSymbols(error: Error): Map<string, symbol> {
  const named = new Map<string, symbol>()
  for (const symbol of Object.getOwnPropertySymbols(error)) {
    const name = Symbol.keyFor(symbol)
    if (name !== undefined && Object.prototype.propertyIsEnumerable.call(error, symbol))
      named.set(fieldOfSymbol(name), symbol)
  }
  return named
}

/**
 * Names of own properties that are not enumerable, as zod has its issues and got its response. Functions are left out:
 * the errors of Node have one that nobody compares.
 */
// The SDK of AWS keeps its response out of sight so that it is in no log.
const left: ReadonlySet<string> = new Set([...hidden, '$response'])

function concealedFields(error: Error): string[] {
  return Object.getOwnPropertyNames(error).filter(name => {
    const { enumerable, value } = Object.getOwnPropertyDescriptor(error, name) ?? {}
    return enumerable === false && !left.has(name) && value !== undefined && typeof value !== 'function'
  })
}

function fieldsOf(
  error: Error,
  kept: string,
  enumerable: readonly string[],
  inside: Inside,
  place: Place,
): object {
  const fields: { message?: unknown } = {}
  for (const field of new Set([...hidden, ...enumerable])) {
    const inherited = field === 'name' || (field === 'message' && kept === 'DOMException')
    if (!inherited && !Object.hasOwn(error, field)) continue
    const owner = field === 'stack' ? withStackOf(error, fields.message) : error
    if (owner !== error) inside.redact(place, field)
    setField(fields, field, inside.field(owner, field, place))
  }
  return fields
}

/** What to read the stack from: it begins with the message, of which `kept` is what may be kept. */
function withStackOf(error: Error, kept: unknown): object {
  const message: unknown = Object.getOwnPropertyDescriptor(error, 'message')?.value
  if (typeof message !== 'string' || typeof kept !== 'string' || kept === message) return error
  const { stack } = error
  return typeof stack === 'string' ? { stack: stack.replaceAll(message, () => kept) } : error
}

/** The built-in class that it extends. By name, so that errors of another realm are known. */
function builtInOf(prototype: object): string {
  for (let at: object | null = prototype; at !== null; at = Object.getPrototypeOf(at) as object | null) {
    const { name } = (Object.getOwnPropertyDescriptor(at, 'constructor')?.value ?? {}) as { name?: unknown }
    if (typeof name === 'string' && makers.has(name)) return name
  }
  return 'Error'
}

function fill(
  error: Error,
  json: Record<string, unknown>,
  { shown, symbols, concealed }: Required<Pick<ErrorDetail, 'shown' | 'symbols' | 'concealed'>>,
  child: (key: string) => unknown,
): void {
  for (const field of Object.keys(json)) {
    const value = child(field)
    if (symbols.includes(field)) {
      Object.defineProperty(error, symbolOfField(field), {
        value,
        enumerable: true,
        configurable: true,
        writable: true,
      })
      continue
    }
    // What the class implies needs no own property.
    if ((field === 'name' || field === 'message') && error[field] === value && !shown.includes(field)) {
      if (field === 'name' || error instanceof DOMException || Object.hasOwn(error, field)) continue
    }
    const enumerable = shown.includes(field) || !(hidden.includes(field) || concealed.includes(field))
    Object.defineProperty(error, field, { value, enumerable, configurable: true, writable: true })
  }
}

const own = [dates, urls, regExps, maps, sets, bytes, errors]
const kinds = new Map([...own, ...webKinds].map(kind => [kind.name, kind]))

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
  return webKindOf(value)
}
