import { messageOf } from '@runtape/core/internal'
import { contained } from '../call/contain-errors.ts'
import type { BodyReader } from './body-reader.ts'
import { type BodyEnd, BodyTap } from './body-tap.ts'
import { TappedBody } from './tapped-body.ts'

/*
 * Observes responses of another class than the runtime's: a subclass, the class of the npm package undici, or an object
 * of a test. They stay the same objects, with their private fields. The methods of their stream are overridden to read an
 * observed stream, which the methods of the response then read too. Results of other methods are observed.
 */

type Source = ReadableStream<Uint8Array>
type Method = (this: unknown, ...args: unknown[]) => unknown

const readings = ['text', 'json', 'arrayBuffer', 'bytes', 'blob'] as const
const streaming = [
  'getReader',
  'values',
  'pipeTo',
  'pipeThrough',
  'tee',
  'cancel',
  Symbol.asyncIterator,
] as const
const encoder = new TextEncoder()

/** Reads one copy of a body. `onEnd` is called when reading has ended. Neither may hold a reference to the response. */
export interface BodyObserver {
  readonly reader: BodyReader
  readonly onEnd: (end: BodyEnd) => void
}

/** Whether a response that is not of the runtime's class can be observed in place. */
export const canBeTappedInPlace = (response: Response): boolean =>
  isPlain(response) || Object.isExtensible(response)

/**
 * Observes a response in place. Calls `newObserver` for the response and for each of its clones. The call ends once.
 */
export function tapInPlace(response: Response, newObserver: () => BodyObserver): Response {
  return tapCopy(response, newObserver, new Copies())
}

/**
 * The copies of one body. The call ends with the first copy that is read to its end, or else with the last one that is
 * dropped.
 */
class Copies {
  #left = 0
  #isOver = false

  add(onEnd: (end: BodyEnd) => void): (end: BodyEnd) => void {
    this.#left++
    let hasEnded = false
    return end => {
      if (hasEnded || this.#isOver) return
      hasEnded = true
      const isLast = --this.#left === 0
      if (!isLast && (end.how === 'cancelled' || end.how === 'abandoned')) return
      this.#isOver = true
      onEnd(end)
    }
  }

  /** Call when a copy is cloned, before both are added. */
  split(): void {
    this.#left--
  }
}

interface Copy {
  readonly reader: BodyReader
  readonly end: (end: BodyEnd) => void
  /** The application read its stream, so the answer comes from the stream. */
  isStreamed: boolean
}

const abandoned = new FinalizationRegistry<Copy>(({ end }) => end({ how: 'abandoned' }))

function tapCopy(response: Response, newObserver: () => BodyObserver, copies: Copies): Response {
  const { reader, onEnd } = newObserver()
  const copy: Copy = { reader, end: copies.add(onEnd), isStreamed: false }
  const { body } = response
  const cover = body instanceof ReadableStream && !body.locked ? new Cover(body, copy) : undefined
  abandoned.register(body ?? response, copy, copy)
  const target = writable(response)
  overhear(target, copy)
  coverClone(target, cover, () => {
    abandoned.unregister(copy)
    copies.split()
    return one => void tapCopy(one, newObserver, copies)
  })
  return target === response || Object.isExtensible(response) ? target : Object.freeze(target)
}

/** Overrides the methods of a stream so that they read an observed stream. */
class Cover {
  readonly #source: Source
  readonly #tap: BodyTap
  readonly #stream: TappedBody

  constructor(source: Source, copy: Copy) {
    const getReader = source.getReader.bind(source)
    this.#source = source
    // Without a signal: it may outlive the stream and would hold a reference to it.
    this.#tap = new BodyTap({ getReader } as Source, copy.reader, undefined, copy.end)
    const stream = new TappedBody(this.#tap)
    this.#stream = stream
    this.#tap.unwatch()
    for (const name of streaming) {
      define(source, name, (...args: unknown[]) => {
        copy.isStreamed = true
        return Reflect.apply(stream[name] as Method, stream, args)
      })
    }
    const locked = { configurable: true, get: () => stream.locked }
    Object.defineProperty(source, 'locked', locked)
  }

  get isLocked(): boolean {
    return this.#stream.locked
  }

  /** Restores the stream. */
  remove(): void {
    this.#tap.letGo()
    for (const name of [...streaming, 'locked']) Reflect.deleteProperty(this.#source, name)
  }
}

/** Observes the results of methods that do not read our stream. */
function overhear(target: Response, copy: Copy): void {
  for (const name of readings) {
    const read: unknown = target[name]
    if (typeof read !== 'function') continue
    define(target, name, function (this: unknown, ...args: unknown[]) {
      const result = Reflect.apply(read as Method, this, args)
      // The application handles its failure.
      Promise.resolve(result).then(
        value => (copy.isStreamed ? undefined : learn(value, copy)),
        () => {},
      )
      return result
    })
  }
}

async function learn(value: unknown, { reader, end }: Copy): Promise<void> {
  try {
    const bytes = value instanceof Blob ? new Uint8Array(await value.arrayBuffer()) : bytesOf(value)
    contained(() => {
      reader.push(bytes)
      reader.finish()
    })
    end({ how: 'done' })
  } catch (error) {
    end({ how: 'broken', error: new Error(messageOf(error)) })
  }
}

function bytesOf(value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value
  if (value instanceof ArrayBuffer) return new Uint8Array(value)
  return encoder.encode(typeof value === 'string' ? value : (JSON.stringify(value) ?? ''))
}

/**
 * Clones the response without our overrides, and observes both copies. From Node 26, `clone` reads the stream without
 * calling its methods.
 *
 * @param split called before cloning; returns a function that observes a copy
 */
function coverClone(target: Response, cover: Cover | undefined, split: () => (one: Response) => void): void {
  const { clone } = target
  if (typeof clone !== 'function' || !cover) return
  define(target, 'clone', function (this: Response) {
    // Throws as the original does.
    if (cover.isLocked || target.bodyUsed) return clone.call(this)
    cover.remove()
    const observe = split()
    const copy = clone.call(this)
    define(target, 'clone', clone)
    for (const one of [target, copy]) contained(() => observe(one))
    return copy
  })
}

/** The response, or a changeable copy of it if it is a frozen plain object. */
function writable(response: Response): Response {
  if (Object.isExtensible(response) || !isPlain(response)) return response
  const members = Object.entries(Object.getOwnPropertyDescriptors(response))
  const open = members.map(([name, member]) => [name, { ...member, configurable: true }] as const)
  return Object.create(Object.getPrototypeOf(response), Object.fromEntries(open))
}

function isPlain(response: Response): boolean {
  const prototype: unknown = Object.getPrototypeOf(response)
  return prototype === Object.prototype || prototype === null
}

/** As enumerable as the member that it replaces. */
function define(target: object, name: PropertyKey, value: unknown): void {
  const { enumerable = false } = Object.getOwnPropertyDescriptor(target, name) ?? {}
  Reflect.defineProperty(target, name, { value, configurable: true, writable: true, enumerable })
}
