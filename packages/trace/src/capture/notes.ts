import type { Payload, PayloadMark } from '@runtape/core'
import { redactedText } from '../redaction/secret-names.ts'
import type { LatePart } from './late/late-parts.ts'

/** Position of a container: a step from its parent. */
export interface Place {
  readonly parent: Place | undefined
  readonly key: string | number
  readonly depth: number
}

export type Path = (string | number)[]

/** The steps from the root to the value under `key` of `parent`; without a parent it is the root. */
export function pathTo(parent: Place | undefined, key: string | number): Path {
  if (!parent) return []
  const path: Path = [key]
  for (let at = parent; at.parent; at = at.parent) path.push(at.key)
  return path.reverse()
}

/** A readable path: `$.order.items[2]`. */
export function showPath(path: readonly (string | number)[]): string {
  return `$${path.map(step => (typeof step === 'number' ? `[${step}]` : `.${step}`)).join('')}`
}

/** Describes what a built-in object has beyond its kind: a subclass, own properties. */
export function lostOf(value: object, className: string): { lost?: string } {
  const lost = foreignClass(value, className) ?? ownProperties([...Object.keys(value), ...symbolsOf(value)])
  return lost === undefined ? {} : { lost }
}

/** `lostOf` for objects whose symbol properties are part of their implementation. */
export function lostOfClass(value: object, className: string): { lost?: string } {
  const lost = foreignClass(value, className) ?? ownProperties(Object.getOwnPropertyNames(value))
  return lost === undefined ? {} : { lost }
}

/** Describes the loss in an array of which only the first items are kept, some of them holes. */
export function lostOfArray(array: readonly unknown[], kept: number, holes: number): string | undefined {
  const { length } = array
  if (kept < length) return `${length} items, only the first ${kept} kept`
  if (Object.getPrototypeOf(array) !== Array.prototype) {
    const lost = foreignClass(array, 'Array')
    if (lost !== undefined) return lost
  }
  const keys = Object.keys(array)
  return keys.length === length - holes ? undefined : ownProperties(keys.slice(length - holes))
}

const ownToFunctions = new Set(['length', 'name', 'prototype', 'arguments', 'caller'])

/** Describes the loss in a function: if it has properties, more than the call. */
export function lostOfFunction(value: object): string {
  const own = ownProperties(namesOf(value).filter(name => !ownToFunctions.has(name)))
  return own === undefined ? lostFunction : `${lostFunction} with ${own}`
}

// A proxy may refuse.
function namesOf(value: object): readonly string[] {
  try {
    return Object.getOwnPropertyNames(value)
  } catch {
    return none
  }
}

const lostFunction = 'a function'

/** Paths of a captured value that are missing and have no placeholder which reports its use, unlike functions: the lost paths. */
export function lostForGood({ lossy = [] }: Payload): readonly string[] {
  // No more are listed: others are unknown.
  if (lossy.length >= maxListed) return lossy
  return lossy.filter(place => !place.endsWith(`: ${lostFunction}`))
}

function foreignClass(value: object, className: string): string | undefined {
  const own = classNameOf(value)
  return own === className ? undefined : `an instance of ${own}, kept as ${className}`
}

function classNameOf(value: object): string {
  const { constructor } = value as { constructor?: { name?: unknown } }
  return typeof constructor?.name === 'string' ? constructor.name : 'a class without a name'
}

const ownProperties = (names: readonly string[]) =>
  names.length === 0 ? undefined : `own properties (${names.slice(0, 5).join(', ')})`

function symbolsOf(value: object): readonly string[] {
  const symbols = Object.getOwnPropertySymbols(value)
  return symbols.length === 0 ? none : symbols.map(String)
}

const none: readonly string[] = []

type Key = string | number
type Mutable<T> = { -readonly [Part in keyof T]: T[Part] }

const markBytes = 32
const maxListed = 100

/** Ends a capture that would exceed its limit. */
export class TooLarge extends Error {
  readonly bytes: number

  constructor(bytes: number) {
    super(`more than ${bytes} bytes`)
    this.bytes = bytes
  }
}

/** A state of `Notes` to return to. */
interface Checkpoint {
  readonly maxBytes: number
  readonly bytes: number
  readonly marks: number
  readonly lossy: number
  readonly redacted: number
  readonly late: number
}

// Nested parts may take this share of the remaining room.
const share = 4

/** Marks and loss notes of a captured value. */
export class Notes {
  #maxBytes: number
  #bytes = 0
  #marks: PayloadMark[] | undefined
  #lossy: string[] | undefined
  #redacted: string[] | undefined
  #late: LatePart[] | undefined

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** Approximate size of the captured value, in bytes of JSON. */
  get bytes(): number {
    return this.#bytes
  }

  /** The missing parts. */
  get late(): readonly LatePart[] | undefined {
    return this.#late
  }

  payload(json: string): Payload {
    if (this.#late?.length) return this.#payloadSoFar(json, this.#late)
    const payload: Mutable<Payload> = { json }
    if (this.#marks?.length) payload.meta = this.#marks
    if (this.#lossy?.length) payload.lossy = this.#lossy
    if (this.#redacted?.length) payload.redacted = this.#redacted
    return payload
  }

  // With separate lists: more notes follow when the parts arrive.
  #payloadSoFar(json: string, late: readonly LatePart[]): Payload {
    const lostParts = late.flatMap(({ path, lost }) => (lost === undefined ? [] : [`${path}: ${lost}`]))
    const lossy = [...(this.#lossy ?? []), ...lostParts].slice(0, maxListed)
    return {
      json,
      ...(this.#marks?.length && { meta: [...this.#marks] }),
      ...(lossy.length > 0 && { lossy }),
      ...(this.#redacted?.length && { redacted: [...this.#redacted] }),
    }
  }

  /** Registers a missing part. */
  expect(part: LatePart): void {
    this.#late ??= []
    this.#late.push(part)
  }

  /** Reserves this many bytes, or ends the capture. */
  grow(bytes: number): void {
    this.#bytes += bytes
    if (this.#bytes > this.#maxBytes) throw new TooLarge(Math.ceil(this.#bytes))
  }

  /** Starts a part, which may take a share of the remaining room. */
  enter(): Checkpoint {
    const { length: marks } = this.#marks ?? []
    const { length: lossy } = this.#lossy ?? []
    const { length: redacted } = this.#redacted ?? []
    const { length: late } = this.#late ?? []
    const before = { maxBytes: this.#maxBytes, bytes: this.#bytes, marks, lossy, redacted, late }
    this.#maxBytes = this.#bytes + (this.#maxBytes - this.#bytes) / share
    return before
  }

  leave({ maxBytes }: Checkpoint): void {
    this.#maxBytes = maxBytes
  }

  /** Discards all notes since then. */
  undo({ bytes, marks, lossy, redacted, late }: Checkpoint): void {
    this.#bytes = bytes
    if (this.#marks) this.#marks.length = marks
    if (this.#lossy) this.#lossy.length = lossy
    if (this.#redacted) this.#redacted.length = redacted
    if (this.#late) this.#late.length = late
  }

  /** Marks the value under `key` as `type`. */
  mark(parent: Place | undefined, key: Key, type: string, detail?: unknown): void {
    const path = pathTo(parent, key)
    this.grow(markBytes)
    this.#marks ??= []
    this.#marks.push(detail === undefined ? [path, type] : [path, type, detail])
  }

  lose(parent: Place | undefined, key: Key, what: string): void {
    this.#lossy ??= []
    if (this.#lossy.length < maxListed) this.#lossy.push(`${showPath(pathTo(parent, key))}: ${what}`)
  }

  redact(parent: Place | undefined, key: Key, inside: Path = []): string {
    this.#redacted ??= []
    if (this.#redacted.length < maxListed) this.#redacted.push(showPath([...pathTo(parent, key), ...inside]))
    return redactedText
  }
}

/** A path of a captured value with marks at or below it, so that only these are visited. */
export interface MarkedPlace {
  readonly children: Map<string | number, MarkedPlace>
  /** The JSON at this path. */
  readonly json: unknown
  type?: string
  detail?: unknown
  /** The name of the codec that decodes this value. */
  codec?: string
  /** Property names here that stand for `Symbol.for` keys. */
  symbolKeys?: readonly string[]
  /** For a repeated reference: the path of the first one. */
  first?: MarkedPlace
}

/** The marks of a payload as a tree over its JSON. */
export function markTree(payload: Payload): MarkedPlace {
  const root = placeOf(JSON.parse(payload.json))
  for (const [path, type, detail] of payload.meta ?? []) {
    const place = placeAt(root, path)
    // These two can accompany another mark of the same path.
    if (type === 'codec') place.codec = detail as string
    else if (type === 'symbol-keys') place.symbolKeys = detail as string[]
    else setType(root, place, type, detail)
  }
  return root
}

function setType(root: MarkedPlace, place: MarkedPlace, type: string, detail: unknown): void {
  place.type = type
  place.detail = detail
  if (type === 'ref') place.first = placeAt(root, detail as PayloadMark[0])
}

const placeOf = (json: unknown): MarkedPlace => ({ children: new Map(), json })

function placeAt(root: MarkedPlace, path: PayloadMark[0]): MarkedPlace {
  let place = root
  for (const step of path) {
    let next = place.children.get(step)
    if (!next) {
      next = placeOf(ownOf(place.json, step))
      place.children.set(step, next)
    }
    place = next
  }
  return place
}

// A payload may come from anywhere: inherited members must not count as a part of it.
function ownOf(json: unknown, step: string | number): unknown {
  if (typeof json !== 'object' || json === null || !Object.hasOwn(json, step)) return undefined
  return (json as Record<string | number, unknown>)[step]
}
