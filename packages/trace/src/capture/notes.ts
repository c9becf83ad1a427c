import type { Payload, PayloadMark } from '@runtape/core'
import { redactedText } from '../redaction/secret-names.ts'
import type { LatePart } from './late/late-parts.ts'

/** Where a container is: a step from its parent. */
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

/** A path as a person writes it: `$.order.items[2]`. */
export function showPath(path: readonly (string | number)[]): string {
  return `$${path.map(step => (typeof step === 'number' ? `[${step}]` : `.${step}`)).join('')}`
}

/** Says what a built-in object has beyond what is kept of its kind: a class of its own, properties of its own. */
export function lostOf(value: object, className: string): { lost?: string } {
  const lost = foreignClass(value, className) ?? ownProperties([...Object.keys(value), ...symbolsOf(value)])
  return lost === undefined ? {} : { lost }
}

/** `lostOf` for objects whose own symbols are how they are made. */
export function lostOfClass(value: object, className: string): { lost?: string } {
  const lost = foreignClass(value, className) ?? ownProperties(Object.getOwnPropertyNames(value))
  return lost === undefined ? {} : { lost }
}

/** Says what of an array is not kept when the first so many items are, of which some are holes. */
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

/** Says what is lost of a function: with properties on it, more than the call. */
export function lostOfFunction(value: object): string {
  const own = ownProperties(namesOf(value).filter(name => !ownToFunctions.has(name)))
  return own === undefined ? lostFunction : `${lostFunction} with ${own}`
}

// A proxy may not say.
function namesOf(value: object): readonly string[] {
  try {
    return Object.getOwnPropertyNames(value)
  } catch {
    return none
  }
}

const lostFunction = 'a function'

/**
 * What of a captured value neither is there nor has a stand-in that says so when it is used, as functions have one: the
 * places that were lost.
 */
export function lostForGood({ lossy = [] }: Payload): readonly string[] {
  // No more are listed: what else there is, is not known.
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

/** Ends a capture that would grow past its limit. */
export class TooLarge extends Error {
  readonly bytes: number

  constructor(bytes: number) {
    super(`more than ${bytes} bytes`)
    this.bytes = bytes
  }
}

/** A state of `Notes` to go back to. */
interface Checkpoint {
  readonly maxBytes: number
  readonly bytes: number
  readonly marks: number
  readonly lossy: number
  readonly redacted: number
  readonly late: number
}

// A part of a part may take so much of what is left for that.
const share = 4

/** What is said about a captured value beside its JSON. */
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

  /** About how large the captured value is, in bytes of JSON. */
  get bytes(): number {
    return this.#bytes
  }

  /** The parts that are still to come. */
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

  // With lists of its own: more will be noted when the parts are there.
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

  /** A part is still to come. */
  expect(part: LatePart): void {
    this.#late ??= []
    this.#late.push(part)
  }

  /** Makes room for so many bytes, or ends the capture. */
  grow(bytes: number): void {
    this.#bytes += bytes
    if (this.#bytes > this.#maxBytes) throw new TooLarge(Math.ceil(this.#bytes))
  }

  /** A part begins, which may take a share of the room that is left. */
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

  /** Forgets what was noted since. */
  undo({ bytes, marks, lossy, redacted, late }: Checkpoint): void {
    this.#bytes = bytes
    if (this.#marks) this.#marks.length = marks
    if (this.#lossy) this.#lossy.length = lossy
    if (this.#redacted) this.#redacted.length = redacted
    if (this.#late) this.#late.length = late
  }

  /** The value under `key` is of `type`. */
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

/** A place in a captured value at or under which there are marks, so that only those are visited. */
export interface MarkedPlace {
  readonly children: Map<string | number, MarkedPlace>
  /** What the JSON says here. */
  readonly json: unknown
  type?: string
  detail?: unknown
  /** The name of the codec that makes the value from what is here. */
  codec?: string
  /** Properties here whose names stand for `Symbol.for` keys. */
  symbolKeys?: readonly string[]
  /** For a repeated reference: where it was first. */
  first?: MarkedPlace
}

/** The marks of a payload as a tree over its JSON. */
export function markTree(payload: Payload): MarkedPlace {
  const root = placeOf(JSON.parse(payload.json))
  for (const [path, type, detail] of payload.meta ?? []) {
    const place = placeAt(root, path)
    // These two come beside another mark of the same place.
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

// A payload may come from anywhere: what an object inherits must not be taken for a part of it.
function ownOf(json: unknown, step: string | number): unknown {
  if (typeof json !== 'object' || json === null || !Object.hasOwn(json, step)) return undefined
  return (json as Record<string | number, unknown>)[step]
}
