import { Readable } from 'node:stream'
import type { BodyReader } from './body-reader.ts'
import { type BodyEnd, BodyTap } from './body-tap.ts'
import { getter, lazyPrototype, viaTwin } from './response-proxy.ts'
import { runtimeResponse } from './runtime-response.ts'
import { likeness } from './tap-response.ts'
import { TappedBody } from './tapped-body.ts'

/*
 * How a stream is tapped. What the application has, and what each asks:
 *
 *   Response (this one, with another prototype) → StreamTap → TappedBody → BodyTap → the stream of the host
 *
 * The first piece goes through the queue of TappedBody, as it does in any stream; from then on DirectReader and
 * BodyIterator ask BodyTap itself, as the queue costs more than all that is done here. Each piece is pushed to the
 * reader as it passes BodyTap; how events are read is said in sse/sse-body-reader.ts.
 */

/**
 * Observes an answer that comes piece by piece. The response stays the very same object, with another body.
 * `onEnd` is called once; it must not hold on to the response.
 */
export function tapStream(
  response: Response,
  source: ReadableStream<Uint8Array>,
  reader: BodyReader,
  signal: AbortSignal | undefined,
  onEnd: (end: BodyEnd) => void,
): Response {
  const body = new BodyTap(source, reader, signal, onEnd)
  body.watch(response)
  Object.defineProperty(response, slot, { value: new StreamTap(body) })
  return asTapped(response)
}

const slot = Symbol('runtape.stream')

/** What of the response is made only for those who ask for it. */
class StreamTap {
  readonly #tap: BodyTap
  #stream: TappedBody | undefined
  #twin: Response | undefined

  constructor(tap: BodyTap) {
    this.#tap = tap
  }

  get body(): ReadableStream<Uint8Array> | null {
    // A clone and its original have separate bodies.
    return this.#twin ? this.#twin.body : this.#ownStream()
  }

  get bodyUsed(): boolean {
    if (this.#twin) return this.#twin.bodyUsed
    return (
      this.#stream !== undefined && Readable.isDisturbed(this.#stream as unknown as NodeJS.ReadableStream)
    )
  }

  /** The response that reads the body in place of this one. */
  twinOf(response: Response): Response {
    const stream = this.#ownStream()
    if (!this.#twin && (stream.locked || this.bodyUsed)) return spent()
    this.#twin ??= likeness(response, stream)
    return this.#twin
  }

  #ownStream(): TappedBody {
    this.#stream ??= new TappedBody(this.#tap)
    return this.#stream
  }
}

/** A response whose body somebody reads: it refuses what a response refuses then. */
function spent(): Response {
  const response = new (runtimeResponse())(new ReadableStream())
  response.body?.getReader()
  return response
}

const tapOf = (response: Response): StreamTap => (response as Response & { [slot]: StreamTap })[slot]

const asTapped = lazyPrototype({
  ...viaTwin(['text', 'json', 'arrayBuffer', 'blob', 'bytes', 'formData'], response =>
    tapOf(response).twinOf(response),
  ),
  body: getter(function () {
    return tapOf(this).body
  }),
  bodyUsed: getter(function () {
    return tapOf(this).bodyUsed
  }),
})
