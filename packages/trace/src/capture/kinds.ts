import { types } from 'node:util'
import { bytes } from './kind-bytes.ts'
import { maps, sets } from './kind-collections.ts'
import { errors } from './kind-error.ts'
import { dates, regExps, urls } from './kind-scalars.ts'
import type { Place } from './place.ts'

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
  /** True where a value under this name is to be kept out. */
  isSecret(name: string): boolean
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
