// Not from node:util, of which an import loads everything.
import { isProxy } from 'node:util/types'
import { isIteration, isNodeStream, isWebStream } from '@runtape/core/internal'

/** A stream that a function handed back. */
export interface HandedBack {
  readonly stream: object
  /** Whose body it is. */
  readonly response?: Response
}

/**
 * Streams in what a function returned, to be read after it did: the value itself, the body of a response, and either
 * among the members of an object. No getter is called: that of an AI SDK result would start to read.
 */
export function streamsIn(value: unknown): HandedBack[] {
  // A proxy may do anything when it is looked at: ask another process, for example.
  if (typeof value !== 'object' || value === null || isProxy(value)) return []
  try {
    const own = streamOf(value)
    return own ? [own] : streamsAmong(value)
  } catch {
    // Of a getter that throws no stream is known.
    return []
  }
}

function streamOf(value: object): HandedBack | undefined {
  // A locked one is read already, past whatever could be put on it.
  if (isWebStream(value)) return value.locked ? undefined : { stream: value }
  if (isNodeStream(value) || isIteration(value)) return { stream: value }
  return bodyOf(value)
}

/** Of an object of a class only web streams count: a request holds its socket. */
function memberStreamOf(member: unknown, ofPlain: boolean): HandedBack | undefined {
  if (typeof member !== 'object' || member === null || isProxy(member)) return undefined
  return isWebStream(member) || (ofPlain && !isNodeStream(member)) ? streamOf(member) : undefined
}

/** The unread body of a `Response`, also one of another realm or a polyfill. */
function bodyOf(value: object): HandedBack | undefined {
  const { arrayBuffer, bodyUsed } = value as Partial<Response>
  if (typeof arrayBuffer !== 'function' || bodyUsed !== false) return undefined
  const response = value as Response
  const body: object | null = response.body
  if (isWebStream(body)) return body.locked ? undefined : { stream: body, response }
  return body && isNodeStream(body) ? { stream: body } : undefined
}

/** Large results are data, not a few streams under their names. */
const maxMembers = 20

function streamsAmong(value: object): HandedBack[] {
  // The names of their members would be made first, all of them.
  if (ArrayBuffer.isView(value)) return []
  const found: HandedBack[] = []
  const ofPlain = isPlain(value)
  const look = (member: unknown) => {
    const stream = memberStreamOf(member, ofPlain)
    if (stream) found.push(stream)
  }
  if (Array.isArray(value)) value.slice(0, maxMembers).forEach(look)
  else eachOwnMember(value, look)
  return found
}

function eachOwnMember(value: object, look: (member: unknown) => void): void {
  const names = Object.keys(value)
  const count = Math.min(names.length, maxMembers)
  for (let index = 0; index < count; index++)
    look(Object.getOwnPropertyDescriptor(value, names[index] as string)?.value)
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === Array.prototype || prototype === null
}

/** True for what runs no application code while it is iterated: a stream of a provider's SDK, for example. */
export const isOfSdk = ({ stream }: HandedBack): boolean =>
  !('next' in stream) && !isWebStream(stream) && !isNodeStream(stream)
