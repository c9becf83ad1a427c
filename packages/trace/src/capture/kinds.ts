import { types } from 'node:util'
import type { Kind } from './kind.ts'
import { bytes } from './kind-bytes.ts'
import { maps, sets } from './kind-collections.ts'
import { errors } from './kind-error.ts'
import { dates, regExps, urls } from './kind-scalars.ts'

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
