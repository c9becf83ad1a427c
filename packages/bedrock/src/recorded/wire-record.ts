import {
  isIteration,
  isNodeStream,
  isWebStream,
  type NodeStreamObserver,
  tapStream,
} from '@runtape/core/internal'
import { contained, type PreencodedMembers } from '@runtape/provider'
import type { HttpResponse } from '../smithy.ts'
import { ByteLog } from './byte-log.ts'
import { headersToKeep, type RecordedAnswer, writtenBody, writtenStream } from './recorded-answer.ts'

/** The response of one HTTP attempt, observed while the SDK reads it. Must hold no reference to a body. */
export class WireRecord {
  readonly response: Omit<HttpResponse, 'body'>
  readonly #limit: number
  readonly #log = new ByteLog()
  #sizes: number[] = []
  #size = 0
  #isLetGo = false
  #state: 'reading' | 'done' | 'broken' | 'left' | 'unseen' = 'reading'

  /** @param limit maximum number of bytes to keep; 0 keeps none */
  constructor({ statusCode, headers }: HttpResponse, limit: number) {
    this.response = { statusCode, headers }
    this.#limit = limit
  }

  /** Observes the body. The SDK reads it unchanged. */
  tap(body: unknown): void {
    if (this.#limit === 0) return
    if (isStream(body) && Object.isExtensible(body)) tapStream(body, this.#observer(new WeakRef(body)))
    else if (!body || typeof body === 'string' || body instanceof Uint8Array) {
      if (body) this.#keep(body)
      this.#end('done')
    } else this.#end('unseen')
  }

  #observer(body: WeakRef<{ readonly destroyed?: boolean }>): NodeStreamObserver {
    return {
      step: run => run(),
      outside: run => run(),
      chunk: chunk => this.#keep(chunk),
      end: ({ status }) => {
        // A Node stream that was destroyed without an error was not left by its reader: the connection broke.
        const isBroken = status === 'error' || (status === 'cancelled' && body.deref()?.destroyed)
        this.#end(status === 'ok' ? 'done' : isBroken ? 'broken' : 'left')
      },
    }
  }

  /** The size in bytes if it was too large to keep. */
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

  /** The complete body, or `undefined` if it was not read to its end. */
  whole(): PreencodedMembers | undefined {
    return this.#state === 'done' ? writtenBody(this.#log.bytes()) : undefined
  }

  /** The part of an event stream that was read. */
  events(): PreencodedMembers | undefined {
    return this.#state === 'unseen' ? undefined : writtenStream(this.#log.bytes(), this.#sizes)
  }

  /** Releases all kept bytes after they were recorded, however long the response itself is kept. */
  letGo(): void {
    this.#isLetGo = true
    this.#forget()
  }

  #keep(chunk: unknown): void {
    if (this.#isLetGo) return
    if (typeof chunk === 'string') return this.#keep(Buffer.from(chunk))
    if (!(chunk instanceof Uint8Array)) return this.#end('unseen')
    this.#size += chunk.length
    if (this.#size > this.#limit) return this.#forget()
    this.#sizes.push(chunk.length)
    contained(() => this.#log.push(chunk))
  }

  #forget(): void {
    this.#log.clear()
    this.#sizes = []
  }

  #end(state: 'done' | 'broken' | 'left' | 'unseen'): void {
    if (this.#state === 'reading') this.#state = state
  }
}

const isStream = (body: unknown): body is object =>
  isWebStream(body)
    ? !body.locked
    : isIteration(body) || (typeof body === 'object' && body !== null && isNodeStream(body))
