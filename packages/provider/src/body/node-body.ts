import { Readable, Transform, type TransformCallback } from 'node:stream'
import type { BodyReader } from './body-reader.ts'
import type { BodyEnd } from './body-tap.ts'
import { ContainedReader } from './contained-reader.ts'

/** A response whose body is a Node stream, such as node-fetch's. */
type NodeResponse = Omit<Response, 'body'> & { readonly body: Readable }

/** Whether the body of a response is a Node stream. */
export const hasNodeBody = (response: unknown): response is NodeResponse =>
  (response as { body?: unknown } | null)?.body instanceof Readable

const readings = ['text', 'json', 'arrayBuffer', 'blob', 'buffer', 'bytes', 'formData', 'clone'] as const

/**
 * Observes the body while the application reads it. The response stays the same object. Its body and its methods are
 * replaced by those of another response of its class that has the observed stream. `onEnd` is called once.
 */
export function tapNodeBody(
  response: NodeResponse,
  reader: BodyReader,
  onEnd: (end: BodyEnd) => void,
): Response {
  const twin = twinOf(response, observed(response.body, reader, onEnd))
  Object.defineProperty(response, 'body', { configurable: true, get: () => twin.body })
  Object.defineProperty(response, 'bodyUsed', { configurable: true, get: () => twin.bodyUsed })
  const methods = twin as unknown as Record<string, unknown>
  for (const name of readings) {
    const method = methods[name]
    if (typeof method !== 'function') continue
    Object.defineProperty(response, name, { configurable: true, value: method.bind(twin) })
  }
  return response as unknown as Response
}

function twinOf(response: NodeResponse, body: Readable): Response {
  const { status, statusText, headers, url } = response
  const Like = response.constructor as new (body: Readable, init: object) => Response
  return new Like(body, { status, statusText, headers, url })
}

function observed(source: Readable, reader: BodyReader, onEnd: (end: BodyEnd) => void): Readable {
  const seen = new Observed(reader, onEnd)
  source.on('error', error => seen.destroy(error))
  seen.on('close', () => {
    // The application stopped before the end.
    if (!source.destroyed) source.destroy()
  })
  source.pipe(seen)
  return seen
}

class Observed extends Transform {
  readonly #seen: ContainedReader
  #onEnd: ((end: BodyEnd) => void) | undefined

  constructor(reader: BodyReader, onEnd: (end: BodyEnd) => void) {
    // Reads only as far ahead as necessary.
    super({ readableHighWaterMark: 1, writableHighWaterMark: 1 })
    this.#seen = new ContainedReader(reader)
    this.#onEnd = onEnd
  }

  override _transform(piece: Buffer, _encoding: string, done: TransformCallback): void {
    done(null, this.#seen.push(piece))
  }

  override _flush(done: TransformCallback): void {
    const rest = this.#seen.finish()
    this.#end({ how: 'done' })
    done(null, rest)
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#end(error ? { how: 'broken', error } : { how: 'cancelled' })
    done(error)
  }

  /** If an SDK gives up an answer, it leaves an iterator that has not started, which would leave the body open. */
  override [Symbol.asyncIterator](): ReturnType<Readable[typeof Symbol.asyncIterator]> {
    const iterator = super[Symbol.asyncIterator]()
    let isBegun = false
    const { next, return: leave } = iterator
    iterator.next = (...args) => {
      isBegun = true
      return next.apply(iterator, args)
    }
    iterator.return = (...args) => {
      if (!isBegun) this.destroy()
      return leave?.apply(iterator, args) as never
    }
    return iterator
  }

  #end(end: BodyEnd): void {
    const onEnd = this.#onEnd
    this.#onEnd = undefined
    onEnd?.(end)
  }
}
