import { Readable } from 'node:stream'
import { parseJson } from '../recorded/json-payload.ts'
import type { BodyReader } from './body-reader.ts'
import { type BodyEnd, BodyTap } from './body-tap.ts'
import { bodyOf, isOrdinary, likeness, runtimeResponse } from './runtime-response.ts'
import { TappedBody } from './tapped-body.ts'
import { TextBodyReader } from './text-body-reader.ts'

/*
 * How a response is tapped. Each part reads from the next:
 *
 *   Response (this one, with another prototype) → ResponseTap → TappedBody → BodyTap → the stream of the host
 *
 * If the application reads a non-streaming answer with text() or json(), the tap reads that result; the body is not replaced.
 * The first piece of a stream goes through the queue of TappedBody. From then on DirectReader and BodyIterator read from BodyTap
 * directly, because the queue costs more than everything else here. BodyTap pushes each piece to the body reader; see
 * sse/sse-body-reader.ts for how events are read.
 */

/**
 * Observes a response. A native Response is returned as the same object. `onEnd` is called once; it must not hold a
 * reference to the response.
 */
export function tapResponse(
  response: Response,
  source: ReadableStream<Uint8Array>,
  reader: BodyReader,
  { signal, onEnd }: Observer,
): Response {
  if (!isOrdinary(response))
    return likeness(response, new TappedBody(new BodyTap(source, reader, signal, onEnd)))
  const tap = new ResponseTap(reader, { signal, onEnd })
  // Defined on the response itself: one WeakMap entry per response costs more than everything else here.
  Object.defineProperty(response, slot, { value: tap })
  if (reader instanceof TextBodyReader) unread.register(response, tap, tap)
  else tap.begin(response)
  tapped ??= Object.create(runtimeResponse().prototype, Object.getOwnPropertyDescriptors(overrides)) as object
  return Object.setPrototypeOf(response, tapped) as Response
}

/** The body, if it can be tapped and a response can be constructed with its status. */
export function tappableBody({ body, status }: Response): ReadableStream<Uint8Array> | undefined {
  return body instanceof ReadableStream && !body.locked && status >= 200 && status <= 599 ? body : undefined
}

interface Observer {
  readonly signal: AbortSignal | undefined
  onEnd(end: BodyEnd): void
}

const slot = Symbol('runtape.response')
// Shared: defining the properties on each response costs several times as much.
let tapped: object | undefined
// Reports answers whose text was never read. An observed body is reported by its own tap.
const unread = new FinalizationRegistry<ResponseTap>(tap => tap.abandon())

class ResponseTap {
  readonly #reader: BodyReader
  readonly #signal: AbortSignal | undefined
  #onEnd: Observer['onEnd'] | undefined
  #body: BodyTap | undefined
  #stream: TappedBody | undefined
  #twin: Response | undefined

  constructor(reader: BodyReader, { signal, onEnd }: Observer) {
    this.#reader = reader
    this.#signal = signal
    this.#onEnd = onEnd
  }

  /** Starts to observe the body itself, unless that has happened or the text was requested before. */
  begin(response: Response): void {
    const onEnd = this.#take()
    const source = onEnd && bodyOf(response)
    if (!source) return
    this.#body = new BodyTap(source, this.#reader, this.#signal, onEnd)
    this.#body.watch(response)
  }

  bodyOf(response: Response): ReadableStream<Uint8Array> | null {
    // A clone and its original have separate bodies.
    return this.#twin ? this.#twin.body : (this.#streamOf(response) ?? bodyOf(response))
  }

  isUsed(response: Response): boolean {
    // Reading `bodyUsed` must not create a stream.
    if (!this.#stream || this.#twin) return isUsed(this.#twin ?? response)
    return Readable.isDisturbed(this.#stream as unknown as NodeJS.ReadableStream)
  }

  /** The response that reads the body instead of this one. Returns this one if its text was requested before. */
  readerOf(response: Response): Response {
    const stream = this.#streamOf(response)
    if (!stream) return response
    if (!this.#twin && (stream.locked || this.isUsed(response))) return spent()
    this.#twin ??= likeness(response, stream)
    return this.#twin
  }

  /**
   * The text of an answer that is not streamed, read when the application reads it; `undefined` if its body is
   * observed.
   */
  overhear<T>(response: Response, take: (text: string, reader: TextBodyReader) => T): Promise<T> | undefined {
    const reader = this.#reader
    return this.#body || !(reader instanceof TextBodyReader)
      ? undefined
      : this.#overhear(response, text => take(text, reader))
  }

  abandon(): void {
    const { aborted, reason } = this.#signal ?? {}
    this.#take()?.(aborted ? { how: 'broken', error: reason } : { how: 'abandoned' })
  }

  async #overhear<T>(response: Response, take: (text: string) => T): Promise<T> {
    const onEnd = this.#take()
    let text: string
    try {
      text = await runtimeResponse().prototype.text.call(response)
    } catch (error) {
      onEnd?.({ how: 'broken', error })
      throw error
    }
    const taken = take(text)
    onEnd?.({ how: 'done' })
    return taken
  }

  #streamOf(response: Response): TappedBody | undefined {
    this.begin(response)
    this.#stream ??= this.#body && new TappedBody(this.#body)
    return this.#stream
  }

  #take() {
    const onEnd = this.#onEnd
    this.#onEnd = undefined
    if (onEnd) unread.unregister(this)
    return onEnd
  }
}

/** A response whose body is being read. Its methods throw the runtime's own errors. */
function spent(): Response {
  const response = new (runtimeResponse())(new ReadableStream())
  response.body?.getReader()
  return response
}

const tapOf = (response: Response): ResponseTap => (response as Response & { [slot]: ResponseTap })[slot]
const isUsed = (response: Response): boolean => Reflect.get(runtimeResponse().prototype, 'bodyUsed', response)

/** Reads as the runtime does, from the response whose body is observed if there is one. */
function readAs<N extends 'text' | 'json' | 'arrayBuffer' | 'blob' | 'bytes' | 'formData' | 'clone'>(
  name: N,
  response: Response,
): ReturnType<Response[N]> {
  const reader = tapOf(response).readerOf(response)
  const read: () => unknown = reader === response ? runtimeResponse().prototype[name] : reader[name]
  return read.call(reader) as ReturnType<Response[N]>
}

/** The members that replace those of the runtime on a tapped response. */
const overrides: ThisType<Response> = {
  get body() {
    return tapOf(this).bodyOf(this)
  },
  get bodyUsed() {
    return tapOf(this).isUsed(this)
  },
  text() {
    const overheard = tapOf(this).overhear(this, (text, reader) => {
      reader.readText(text)
      return text
    })
    return overheard ?? readAs('text', this)
  },
  /** Parses the JSON once for both. It is read here before the application can change the value. */
  async json() {
    const overheard = tapOf(this).overhear(this, (text, reader) => {
      const parsed = parseJson(text)
      reader.readText(text, parsed)
      return { text, parsed }
    })
    if (!overheard) return readAs('json', this)
    const { text, parsed } = await overheard
    // Throws the same error as the original method.
    return parsed ? parsed.value : JSON.parse(text)
  },
  arrayBuffer() {
    return readAs('arrayBuffer', this)
  },
  blob() {
    return readAs('blob', this)
  },
  bytes() {
    return readAs('bytes', this)
  },
  formData() {
    return readAs('formData', this)
  },
  clone() {
    return readAs('clone', this)
  },
}
