import { messageOf } from '@runtape/core/internal'
import { contained } from '../call/contain-errors.ts'
import type { BodyReader } from './body-reader.ts'
import { type BodyEnd, BodyTap } from './body-tap.ts'
import { TappedBody } from './tapped-body.ts'

/*
 * Responses of another class than the runtime's: a subclass, that of the npm package undici, an object of a test. They
 * stay the very objects that they are, with their private fields: their stream is covered by one that is observed, which
 * their methods then read as well. A method that reads no stream of theirs is overheard.
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

/** Reads one copy of a body, and is told how reading it ended. Neither may hold a reference to the response. */
export interface BodyObserver {
  readonly reader: BodyReader
  readonly onEnd: (end: BodyEnd) => void
}

/** Whether a response that is not of the runtime's class can be observed where it is. */
export const canBeTappedInPlace = (response: Response): boolean =>
  isPlain(response) || Object.isExtensible(response)

/** Observes a response in place. `newObserver` is called for it and for each of its clones; the call ends once. */
export function tapInPlace(response: Response, newObserver: () => BodyObserver): Response {
  return tapCopy(response, newObserver, new Copies())
}

/** The copies of one body: the first that is read to its end tells how the call ended, or the last that is left. */
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

  /** This copy is two from now on. */
  split(): void {
    this.#left--
  }
}

interface Copy {
  readonly reader: BodyReader
  readonly end: (end: BodyEnd) => void
  /** Its stream was asked for its pieces, so that they tell its answer. */
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

/** Stands in for a stream, with the same stream. */
class Cover {
  readonly #source: Source
  readonly #tap: BodyTap
  readonly #stream: TappedBody

  constructor(source: Source, copy: Copy) {
    const getReader = source.getReader.bind(source)
    this.#source = source
    // Without a signal, which may outlive the stream and would hold it.
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

  /** The stream is as it was. */
  remove(): void {
    this.#tap.letGo()
    for (const name of [...streaming, 'locked']) Reflect.deleteProperty(this.#source, name)
  }
}

/** Learns of an answer from methods that read no stream of ours. */
function overhear(target: Response, copy: Copy): void {
  for (const name of readings) {
    const read: unknown = target[name]
    if (typeof read !== 'function') continue
    define(target, name, function (this: unknown, ...args: unknown[]) {
      const result = Reflect.apply(read as Method, this, args)
      // A failure of it is the application's.
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
 * Lets a clone be made as without us, and observes both. From Node 26 on that reads the stream past its methods.
 *
 * @param split called before; returns what observes a copy
 */
function coverClone(target: Response, cover: Cover | undefined, split: () => (one: Response) => void): void {
  const { clone } = target
  if (typeof clone !== 'function' || !cover) return
  define(target, 'clone', function (this: Response) {
    // Refused as it would be.
    if (cover.isLocked || target.bodyUsed) return clone.call(this)
    cover.remove()
    const observe = split()
    const copy = clone.call(this)
    define(target, 'clone', clone)
    for (const one of [target, copy]) contained(() => observe(one))
    return copy
  })
}

/** The response, or one like it where it is a plain object that cannot be changed. */
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

/** Enumerable as what it stands in for. */
function define(target: object, name: PropertyKey, value: unknown): void {
  const { enumerable = false } = Object.getOwnPropertyDescriptor(target, name) ?? {}
  Reflect.defineProperty(target, name, { value, configurable: true, writable: true, enumerable })
}
