import { RuntapeError } from '@runtape/core'
import { bytesOfBlob, bytesOfBody, isForm, withoutDigits } from '../late/late-bytes.ts'
import { lostOfClass, type Place } from '../notes.ts'
import type { Inside, Kind } from './kind.ts'

type Pairs = Iterable<readonly [name: string, value: unknown]>

/** Alternating names and values: one index is one path step. */
function flat(pairs: Pairs, inside: Inside, place: Place): unknown[] {
  const list: unknown[] = []
  for (const [name, value] of pairs) {
    list.push(inside.item(name, place, list.length))
    const isSecret = inside.isSecret(name, value)
    list.push(isSecret ? inside.redact(place, list.length) : inside.item(value, place, list.length))
  }
  return list
}

interface Appending {
  append(name: string, value: never): void
}

/** Ordered values with named entries: `make` creates an empty one. */
const listOfPairs = (name: string, className: string, make: () => Appending): Kind => ({
  name,
  write: (value: object, inside, place) => ({
    json: flat(value as Pairs, inside, place),
    ...lostOfClass(value, className),
  }),
  read: json => {
    const value = make()
    const { length } = json as unknown[]
    const fill = (child: (key: number) => unknown) => {
      for (let index = 0; index < length; index += 2)
        value.append(child(index) as string, child(index + 1) as never)
    }
    return { value, fill }
  },
})

const headers = listOfPairs('headers', 'Headers', () => new Headers())
const searchParams = listOfPairs('url-search-params', 'URLSearchParams', () => new URLSearchParams())
const formData = listOfPairs('form-data', 'FormData', () => new FormData())

// Restored from a tape: properties that had to be added do not count as own properties.
const madeAgain = new WeakSet<object>()

/** The name of the class, which may since have been replaced: a Hono server replaces one with its own. */
function nameInPlaceOf(className: 'Request' | 'Response', { constructor }: object): string {
  return constructor === globalThis[className] ? constructor.name : className
}

/** Requests and responses. The body is read from a copy, if that does not disturb the application. */
const messages = (
  name: string,
  className: 'Request' | 'Response',
  fields: readonly string[],
  read: Kind['read'],
): Kind => ({
  name,
  write: (value: Request | Response, inside, place) => {
    const json: Record<string, unknown> = {}
    for (const field of fields) json[field] = inside.field(value, field, place)
    if (isForm(value) && Array.isArray(json.headers)) json.headers = json.headers.map(withoutDigits)
    const isOurs = madeAgain.has(value)
    const lost = isOurs ? {} : lostOfClass(value, nameInPlaceOf(className, value))
    // For a subclass, or an observed object, even looking at the body may start something.
    json.body = null
    if (lost.lost === undefined && value.body !== null)
      inside.later(json, 'body', place, () => bytesOfBody(value, isOurs))
    return { json, ...lost }
  },
  read: (json, detail, reading) => {
    const made = read(json, detail, reading)
    madeAgain.add(made.value as object)
    return made
  },
})

/** The bytes of a body or blob; absent if it could not be read. Kept as bytes, so that no type is derived from it. */
function contentOf(kept: unknown): Uint8Array<ArrayBuffer> | null {
  if (typeof kept === 'string') return new TextEncoder().encode(kept)
  const { base64 } = (kept ?? {}) as { base64?: unknown }
  return typeof base64 === 'string' ? new Uint8Array(Buffer.from(base64, 'base64')) : null
}

const responseFields = ['status', 'statusText', 'headers', 'url', 'type', 'redirected'] as const

const responses = messages('response', 'Response', responseFields, json => {
  const { status, statusText, url, type, redirected, body } = json as Record<string, unknown>
  const init = { status: status as number, statusText: statusText as string }
  const value = type === 'error' ? Response.error() : newResponse(contentOf(body), init)
  // Properties that only a network response has.
  const fill = (child: (key: string) => unknown) => {
    copyHeaders(value, child('headers'))
    for (const [name, kept] of Object.entries({ status, url, type, redirected }))
      if (value[name as 'url'] !== kept)
        Object.defineProperty(value, name, { value: kept, configurable: true })
  }
  return { value, fill }
})

// Constructors refuse 101 and similar statuses.
const newResponse = (body: Uint8Array<ArrayBuffer> | null, init: { status: number; statusText: string }) =>
  new Response(body, { ...init, status: init.status >= 200 && init.status <= 599 ? init.status : 200 })

const requestFields = [
  'method',
  'url',
  'headers',
  'redirect',
  'credentials',
  'cache',
  'integrity',
  'keepalive',
  'signal',
]

const requests = messages('request', 'Request', requestFields, json => {
  const { url, headers: _, signal, body, ...init } = json as Record<string, unknown>
  const { aborted } = signal as { aborted: boolean }
  const value = new Request(url as string, {
    ...init,
    body: contentOf(body),
    ...(aborted && { signal: AbortSignal.abort() }),
  })
  return { value, fill: child => copyHeaders(value, child('headers')) }
})

function copyHeaders(to: Request | Response, headers: unknown): void {
  // A class that replaces the runtime's may start with its own headers.
  for (const name of [...to.headers.keys()]) to.headers.delete(name)
  for (const [name, value] of headers as Headers) to.headers.append(name, value)
}

type Content = Record<string, unknown> & { readonly size: number }

function blobOf(blob: Blob, json: Content, inside: Inside, place: Place) {
  const lost = lostOfClass(blob, json.name === undefined ? 'Blob' : 'File')
  if (lost.lost === undefined && json.size > 0) inside.later(json, 'content', place, () => bytesOfBlob(blob))
  return { json, ...lost }
}

const blobs: Kind = {
  name: 'blob',
  write: (blob: Blob, inside, place) => {
    const { size, type } = blob
    return blobOf(blob, { size, type }, inside, place)
  },
  read: json => {
    const { type, content } = json as { type: string; content?: unknown }
    return { value: new Blob(partsOf(content), { type }) }
  },
}

const files: Kind = {
  name: 'file',
  write: (file: File, inside, place) => {
    const { name, size, type, lastModified } = file
    const json = { name: inside.text(name, place), size, type, lastModified }
    return blobOf(file, json, inside, place)
  },
  read: json => {
    const { name, type, lastModified, content } = json as Record<string, unknown>
    const options = { type: type as string, lastModified: lastModified as number }
    return { value: new File(partsOf(content), name as string, options) }
  },
}

function partsOf(content: unknown): Uint8Array<ArrayBuffer>[] {
  const bytes = contentOf(content)
  return bytes ? [bytes] : []
}

/** Signals: aborted with a reason, or not. One that was not aborted is restored as one that never will be. */
const signals: Kind = {
  name: 'abort-signal',
  write: (signal: AbortSignal, inside, place) => ({
    json: signal.aborted
      ? { aborted: true, reason: inside.field(signal, 'reason', place) }
      : { aborted: false },
    ...lostOfClass(signal, 'AbortSignal'),
  }),
  read: json => {
    const controller = new AbortController()
    const { aborted } = json as { aborted: boolean }
    return { value: controller.signal, ...(aborted && { fill: child => controller.abort(child('reason')) }) }
  },
}

interface TemporalClass {
  from(text: string): unknown
}

const temporal: Kind = {
  name: 'temporal',
  write: (value: object) => ({
    json: String(value),
    detail: tagOf(value)?.slice('Temporal.'.length),
    ...lostOfClass(value, (value.constructor as { name: string }).name),
  }),
  read: (json, detail) => {
    const { Temporal } = globalThis as { Temporal?: Record<string, TemporalClass> }
    const Class = Temporal?.[detail as string]
    if (!Class)
      throw new RuntapeError(
        'not-replayable',
        `The tape has a Temporal.${detail}, which this runtime does not support. Use Node 26 or newer.`,
      )
    return { value: Class.from(json as string) }
  },
}

/** By `Object.prototype.toString`, so that no Web API is loaded for the check. */
const byTag: Readonly<Record<string, Kind>> = {
  Headers: headers,
  URLSearchParams: searchParams,
  FormData: formData,
  Response: responses,
  Request: requests,
  Blob: blobs,
  File: files,
  AbortSignal: signals,
}

export const webKinds: readonly Kind[] = [...Object.values(byTag), temporal]

function tagOf(value: object): string | undefined {
  const tag: unknown = (value as { [Symbol.toStringTag]?: unknown })[Symbol.toStringTag]
  return typeof tag === 'string' ? tag : undefined
}

/** The kind of an object of a Web class. */
export function webKindOf(value: object): Kind | undefined {
  const tag = tagOf(value)
  if (tag === undefined) return undefined
  const isTemporal = tag.startsWith('Temporal.')
  if (!isTemporal && !Object.hasOwn(byTag, tag)) return undefined
  if (!isOf(tag, value)) return undefined
  return isTemporal ? temporal : byTag[tag]
}

// The real ones, or subclasses: other classes with this name may contain anything.
function isOf(tag: string, value: object): boolean {
  let Class: unknown = globalThis
  for (const name of tag.split('.')) Class = (Class as Record<string, unknown> | undefined)?.[name]
  // A Hono server replaces one with a lighter class that extends it.
  for (; isClassOf(tag, Class); Class = Object.getPrototypeOf(Class)) if (value instanceof Class) return true
  return false
}

const isClassOf = (tag: string, Class: unknown): Class is new () => object =>
  typeof Class === 'function' && Class.prototype !== undefined && tagOf(Class.prototype) === tag
