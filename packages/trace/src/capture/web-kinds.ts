import type { Inside, Kind } from './kinds.ts'
import { lostOfClass, type Place } from './notes.ts'

type Pairs = Iterable<readonly [name: string, value: unknown]>

/** Names and values in turn: one index is a step of a path. */
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

/** Values with names in an order of their own: `make` makes an empty one. */
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

/**
 * Requests and responses: what stands before the body. A body can be read once and in its own time, so it is left to the
 * application, and a message that has one is not kept whole.
 */
const messages = (name: string, className: string, fields: readonly string[], read: Kind['read']): Kind => ({
  name,
  write: (value: Request | Response, inside, place) => ({
    json: Object.fromEntries(fields.map(field => [field, inside.field(value, field, place)])),
    // Of a class that extends it, or one that somebody watches, even looking at the body may start something.
    ...(lostOfClass(value, className).lost === undefined && value.body !== null
      ? { lost: 'its body, which only the application reads' }
      : lostOfClass(value, className)),
  }),
  read,
})

const responseFields = ['status', 'statusText', 'headers', 'url', 'type', 'redirected'] as const

const responses = messages('response', 'Response', responseFields, json => {
  const { status, statusText, url, type, redirected } = json as Record<string, unknown>
  const value = type === 'error' ? Response.error() : newResponse(status as number, statusText as string)
  // What only a response from the network has.
  const fill = (child: (key: string) => unknown) => {
    copyHeaders(value, child('headers'))
    for (const [name, kept] of Object.entries({ status, url, type, redirected }))
      if (value[name as 'url'] !== kept)
        Object.defineProperty(value, name, { value: kept, configurable: true })
  }
  return { value, fill }
})

// Of 101 and the like there is no constructor.
const newResponse = (status: number, statusText: string): Response =>
  new Response(null, { status: status >= 200 && status <= 599 ? status : 200, statusText })

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
  const { url, headers: _, signal, ...init } = json as Record<string, unknown>
  const { aborted } = signal as { aborted: boolean }
  const value = new Request(url as string, { ...init, ...(aborted && { signal: AbortSignal.abort() }) })
  return { value, fill: child => copyHeaders(value, child('headers')) }
})

function copyHeaders(to: Request | Response, headers: unknown): void {
  for (const [name, value] of headers as Headers) to.headers.append(name, value)
}

// Its bytes are there for whoever waits for them; capture does not wait.
const blobs: Kind = {
  name: 'blob',
  write: ({ size, type }: Blob) => ({ json: { size, type }, ...(size > 0 && { lost: `its ${size} bytes` }) }),
  read: json => ({ value: new Blob([], { type: (json as { type: string }).type }) }),
}

const files: Kind = {
  name: 'file',
  write: ({ name, size, type, lastModified }: File, inside, place) => ({
    json: { name: inside.text(name, place), size, type, lastModified },
    ...(size > 0 && { lost: `its ${size} bytes` }),
  }),
  read: json => {
    const { name, type, lastModified } = json as { name: string; type: string; lastModified: number }
    return { value: new File([], name, { type, lastModified }) }
  },
}

/** Signals: aborted, with the reason, or not. One that was not comes back as one that never will be. */
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
      throw new TypeError(
        `a Temporal.${detail} is on the tape, and this runtime has none. Use Node 26 or newer.`,
      )
    return { value: Class.from(json as string) }
  },
}

/** By what `Object.prototype.toString` says of them, so that nothing of the Web is loaded to look for it. */
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

/** The kind of an object of the Web's own classes. */
export function webKindOf(value: object): Kind | undefined {
  const tag = tagOf(value)
  if (tag === undefined) return undefined
  if (tag.startsWith('Temporal.'))
    return isOf('Temporal', tag.slice('Temporal.'.length), value) ? temporal : undefined
  return Object.hasOwn(byTag, tag) && isOf(undefined, tag, value) ? byTag[tag] : undefined
}

// The real ones, or a class that extends them: others with this name have what they like in them.
function isOf(namespace: string | undefined, name: string, value: object): boolean {
  const globals = globalThis as unknown as Record<string, unknown>
  const holder =
    namespace === undefined ? globals : (globals[namespace] as Record<string, unknown> | undefined)
  const Class = holder?.[name]
  return typeof Class === 'function' && value instanceof Class
}
