// Not from node:util, whose import loads all of it.
import { isProxy } from 'node:util/types'
import { isIteration, isNodeStream, isWebStream } from '@runtape/core/internal'

/** A stream that a function returned. */
export interface HandedBack {
  readonly stream: object
  /** The response that it is the body of. */
  readonly response?: Response
}

/**
 * Streams in a function's result, which are read later: the value itself, the body of a response, and either of them among the
 * members of an object. Getters are not called: on a result of the AI SDK they would start reading.
 */
export function streamsIn(value: unknown): HandedBack[] {
  // Inspecting a proxy may have any effect, such as calling another process.
  if (typeof value !== 'object' || value === null || isProxy(value)) return []
  try {
    const own = streamOf(value)
    return own ? [own] : streamsAmong(value)
  } catch {
    // A getter that throws reveals no stream.
    return []
  }
}

function streamOf(value: object): HandedBack | undefined {
  // A locked stream is already being read, without passing through anything we could install.
  if (isWebStream(value)) return value.locked ? undefined : { stream: value }
  if (isNodeStream(value) || isIteration(value)) return { stream: value }
  return bodyOf(value)
}

/** On class instances only web streams count: a request holds its socket. */
function memberStreamOf(member: unknown, ofPlain: boolean): HandedBack | undefined {
  if (typeof member !== 'object' || member === null || isProxy(member)) return undefined
  return isWebStream(member) || (ofPlain && !isNodeStream(member)) ? streamOf(member) : undefined
}

/** The unread body of a `Response`, including those of another realm or a polyfill. */
function bodyOf(value: object): HandedBack | undefined {
  const { arrayBuffer, bodyUsed } = value as Partial<Response>
  if (typeof arrayBuffer !== 'function' || bodyUsed !== false) return undefined
  const response = value as Response
  const body: object | null = response.body
  if (isWebStream(body)) return body.locked ? undefined : { stream: body, response }
  return body && isNodeStream(body) ? { stream: body } : undefined
}

/** Large results are data, not a few named streams. */
const maxMembers = 20

function streamsAmong(value: object): HandedBack[] {
  // Listing the members would first create all their names.
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

/** True if iterating it runs no application code, as for a stream of a provider's SDK. */
export const isOfSdk = ({ stream }: HandedBack): boolean =>
  !('next' in stream) && !isWebStream(stream) && !isNodeStream(stream)
