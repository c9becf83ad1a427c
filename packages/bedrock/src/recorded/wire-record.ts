import type { Readable } from 'node:stream'
import { isIteration, tapIteration } from '@runtape/core/internal'
import { contained, type PreencodedMembers } from '@runtape/provider'
import type { HttpResponse } from '../smithy.ts'
import { Base64Log } from './base64-log.ts'
import { headersToKeep, type RecordedAnswer, writtenBody, writtenStream } from './recorded-answer.ts'

/** What one attempt got over HTTP, observed while the SDK reads it. */
export class WireRecord {
  readonly response: HttpResponse
  readonly #limit: number
  readonly #stream = new Base64Log()
  #isStream = false
  #chunks: Buffer[] = []
  #sizes: number[] = []
  #size = 0
  #isLetGo = false
  #state: 'reading' | 'done' | 'broken' | 'unseen' = 'reading'

  /** @param limit more bytes than this are not kept; 0 keeps none */
  constructor(response: HttpResponse, limit: number) {
    this.response = response
    this.#limit = limit
  }

  /** The body, or what stands in for it, to be read in its place. */
  tap(streams: boolean): unknown {
    const { body, statusCode } = this.response
    if (this.#limit === 0) return body
    this.#isStream = streams && statusCode < 300
    if (this.#isStream) return this.#tapEvents(body)
    return this.#tapWhole(body)
  }

  /** The size in bytes that was too large to keep. */
  get tooLarge(): number | undefined {
    return this.#size > this.#limit ? this.#size : undefined
  }

  /** The connection broke before the end of an event stream. */
  get isBroken(): boolean {
    return this.#state === 'broken'
  }

  /** The body is of a kind that cannot be observed. */
  get isUnseen(): boolean {
    return this.#state === 'unseen'
  }

  /** Status and headers. */
  head(): RecordedAnswer {
    const { statusCode, headers } = this.response
    return { status: statusCode, headers: headersToKeep(headers) }
  }

  /** A whole body, or `undefined` where it was not read to its end. */
  whole(): PreencodedMembers | undefined {
    return this.#state === 'done' ? writtenBody(Buffer.concat(this.#chunks)) : undefined
  }

  /** The part of an event stream that was read. */
  events(): PreencodedMembers | undefined {
    return this.#state === 'unseen' ? undefined : writtenStream(this.#stream.text(), this.#sizes)
  }

  /** Lets go of all that was kept, once it was told, however long the response itself is held. */
  letGo(): void {
    this.#isLetGo = true
    this.#forget()
  }

  #tapEvents(body: unknown): unknown {
    if (isReadable(body)) return this.#tapReadable(body)
    if (!isIteration(body)) return this.#unseen(body)
    return tapIteration(body, {
      step: run => run(),
      chunk: chunk => this.#keep(chunk),
      end: ({ status }) => this.#end(status === 'error' ? 'broken' : 'done'),
    })
  }

  #tapWhole(body: unknown): unknown {
    if (isReadable(body)) return this.#tapReadable(body)
    if (body instanceof ReadableStream && !body.locked) return body.pipeThrough(this.#passing())
    if (body && typeof body !== 'string' && !(body instanceof Uint8Array)) return this.#unseen(body)
    if (body) this.#keep(body)
    this.#end('done')
    return body
  }

  #passing(): TransformStream<unknown, unknown> {
    return new TransformStream({
      transform: (chunk, pieces) => {
        this.#keep(chunk)
        pieces.enqueue(chunk)
      },
      flush: () => this.#end('done'),
    })
  }

  // However a Node stream is read, it emits its chunks: nothing is put in between.
  #tapReadable(body: Readable): Readable {
    const { emit } = body
    const value = (event: string | symbol, ...args: unknown[]): boolean => {
      if (event === 'data') this.#keep(args[0])
      else if (event === 'end') this.#end('done')
      else if (event === 'error' || event === 'close') this.#end('broken')
      return emit.call(body, event, ...args)
    }
    if (!Reflect.defineProperty(body, 'emit', { value, configurable: true, writable: true }))
      this.#end('unseen')
    return body
  }

  #unseen(body: unknown): unknown {
    this.#end('unseen')
    return body
  }

  #keep(chunk: unknown): void {
    if (!this.#isLetGo) contained(() => this.#take(chunk))
  }

  #take(chunk: unknown): void {
    if (typeof chunk === 'string') return this.#copy(Buffer.from(chunk))
    if (!(chunk instanceof Uint8Array)) return this.#end('unseen')
    this.#copy(chunk)
  }

  #copy(chunk: Uint8Array): void {
    this.#size += chunk.length
    if (this.#size > this.#limit) return this.#forget()
    if (!this.#isStream) {
      // A copy: what the application was given it may change.
      this.#chunks.push(Buffer.from(chunk))
      return
    }
    this.#stream.push(chunk)
    this.#sizes.push(chunk.length)
  }

  #forget(): void {
    this.#stream.clear()
    this.#chunks = []
    this.#sizes = []
  }

  #end(state: 'done' | 'broken' | 'unseen'): void {
    if (this.#state === 'reading') this.#state = state
  }
}

const isReadable = (body: unknown): body is Readable =>
  typeof (body as Partial<Readable> | undefined | null)?.pipe === 'function'
