import { types } from 'node:util'

interface List {
  [Symbol.iterator](): Iterator<[string, unknown]>
  append(name: string, value: unknown): void
  delete(name: string): void
}

/** Whether it is a built-in without state in properties: bytes, a `Date`, a `URL`, headers, a form. */
export const isWhole = (value: object): boolean =>
  isBytes(value) || types.isDate(value) || value instanceof URL || isList(value)

/** Copies the state of `after`, of the same kind, to `live`; false if that is impossible. */
export function changedLike(live: object, after: object): boolean {
  try {
    if (isBytes(live) && isBytes(after)) return hasCopied(bytesOf(live), bytesOf(after))
    if (types.isDate(live) && types.isDate(after)) live.setTime(after.getTime())
    else if (live instanceof URL && after instanceof URL) live.href = after.href
    else if (isList(live) && isList(after) && live.constructor === after.constructor) fill(live, after)
    else return false
    return true
  } catch {
    // Headers of a request may be immutable.
    return false
  }
}

const isBytes = (value: unknown): value is ArrayBufferView | ArrayBufferLike =>
  ArrayBuffer.isView(value) || types.isAnyArrayBuffer(value)

const bytesOf = (value: ArrayBufferView | ArrayBufferLike): Uint8Array =>
  ArrayBuffer.isView(value)
    ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
    : new Uint8Array(value)

function hasCopied(live: Uint8Array, after: Uint8Array): boolean {
  if (live.byteLength !== after.byteLength) return false
  live.set(after)
  return true
}

const isList = (value: unknown): value is List =>
  value instanceof Headers || value instanceof URLSearchParams || value instanceof FormData

function fill(live: List, after: List): void {
  for (const [name] of [...live]) live.delete(name)
  for (const [name, value] of after) live.append(name, value)
}
