import type { AnswerReader } from './read-answer.ts'

/** How reading a body ended. */
export type BodyEnd =
  | { readonly how: 'done' | 'cancelled' | 'abandoned' }
  | { readonly how: 'broken'; readonly error: unknown }

type Step =
  | { readonly done: false; readonly value: Uint8Array }
  | { readonly done: true; readonly value: undefined }
type Pieces = ReadableStreamDefaultController<Uint8Array>

/**
 * The same response with a body that is read on the side while the application reads it: piece by piece as it asks
 * for them, nothing ahead. `onEnd` is called once; it must not hold on to what is returned.
 */
export function tapResponse(
  response: Response,
  source: ReadableStream<Uint8Array>,
  reader: AnswerReader,
  signal: AbortSignal | undefined,
  onEnd: (end: BodyEnd) => void,
): Response {
  const body = new BodyTap(source, reader, signal, onEnd)
  const stream = new ReadableStream<Uint8Array>(
    { pull: pieces => body.pull(pieces), cancel: reason => body.cancel(reason) },
    { highWaterMark: 0 },
  )
  unread.register(stream, body, body)
  iterateDirectly(stream, body)
  return likeness(response, stream)
}

/** The body, where it can be tapped and its status is one that a response can be made with. */
export function tappableBody({ body, status }: Response): ReadableStream<Uint8Array> | undefined {
  return body instanceof ReadableStream && !body.locked && status >= 200 && status <= 599 ? body : undefined
}

// Notices bodies that nobody ever read to their end.
const unread = new FinalizationRegistry<BodyTap>(body => body.abandon())

class BodyTap {
  readonly #source: ReadableStreamDefaultReader<Uint8Array>
  readonly #reader: AnswerReader
  readonly #signal: AbortSignal | undefined
  #onEnd: ((end: BodyEnd) => void) | undefined
  #isPulled = false

  constructor(
    source: ReadableStream<Uint8Array>,
    reader: AnswerReader,
    signal: AbortSignal | undefined,
    onEnd: (end: BodyEnd) => void,
  ) {
    // Locked at once: fetch cancels the unlocked body of a response that nothing holds any more.
    this.#source = source.getReader()
    this.#reader = reader
    this.#signal = signal
    this.#onEnd = onEnd
    signal?.addEventListener('abort', this.#aborted)
  }

  /** Whether its pieces have begun to go through the stream. */
  get isPulled(): boolean {
    return this.#isPulled
  }

  async pull(pieces: Pieces): Promise<void> {
    this.#isPulled = true
    const { done, value } = await this.next()
    if (!done) return pieces.enqueue(value)
    pieces.close()
  }

  /** The next piece as the application is to see it. */
  next(): Promise<Step> {
    return this.#source.read().then(this.#stepped, this.#broken)
  }

  cancel(reason?: unknown): Promise<void> {
    this.#end({ how: 'cancelled' })
    return this.#source.cancel(reason)
  }

  abandon(): void {
    if (!this.#onEnd) return
    this.#end({ how: 'abandoned' })
    this.#source.cancel().catch(() => {})
  }

  readonly #stepped = (
    step: Awaited<ReturnType<ReadableStreamDefaultReader<Uint8Array>['read']>>,
  ): Step | Promise<Step> => {
    if (step.done) return this.#finish()
    const seen = this.#reader.read(step.value)
    if (seen === step.value) return step
    return seen ? { done: false, value: seen } : this.next()
  }

  readonly #broken = (error: unknown): never => {
    this.#end({ how: 'broken', error })
    throw error
  }

  #finish(): Step {
    // Asked again after the end, the source says once more that it is over.
    const rest = this.#onEnd && this.#reader.finish()
    if (rest) return { done: false, value: rest }
    this.#end({ how: 'done' })
    return { done: true, value: undefined }
  }

  readonly #aborted = (): void => this.#end({ how: 'broken', error: this.#signal?.reason })

  #end(end: BodyEnd): void {
    const onEnd = this.#onEnd
    if (!onEnd) return
    this.#onEnd = undefined
    unread.unregister(this)
    this.#signal?.removeEventListener('abort', this.#aborted)
    onEnd(end)
  }
}

/** Spares a loop over the stream the way through its queue, which costs more than all that is done here. */
function iterateDirectly(stream: ReadableStream<Uint8Array>, body: BodyTap): void {
  const original = stream.values
  const values = (options?: { preventCancel?: boolean }) =>
    body.isPulled || options?.preventCancel ? original.call(stream, options) : new BodyIterator(stream, body)
  for (const name of ['values', Symbol.asyncIterator] as const)
    Object.defineProperty(stream, name, { value: values, configurable: true, writable: true })
}

class BodyIterator implements AsyncIterableIterator<Uint8Array> {
  readonly #body: BodyTap
  // Who iterates a stream holds its lock; and a stream that is still read must not pass for abandoned.
  #lock: ReadableStreamDefaultReader<Uint8Array> | undefined

  constructor(stream: ReadableStream<Uint8Array>, body: BodyTap) {
    this.#body = body
    this.#lock = stream.getReader()
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  next(): Promise<Step> {
    return this.#lock ? this.#body.next().then(this.#passed, this.#failed) : Promise.resolve(over)
  }

  async return(value?: unknown): Promise<Step> {
    await this.#close()
    return { done: true, value: value as undefined }
  }

  readonly #passed = (step: Step): Step => {
    if (step.done) void this.#close()
    return step
  }

  readonly #failed = (error: unknown): never => {
    void this.#close().catch(() => {})
    throw error
  }

  async #close(): Promise<void> {
    const lock = this.#lock
    this.#lock = undefined
    const closed = lock?.cancel()
    lock?.releaseLock()
    await closed
  }
}

const over: Step = { done: true, value: undefined }

function likeness(original: Response, body: ReadableStream<Uint8Array>): Response {
  const { status, statusText, headers } = original
  return asOriginal(new Response(body, { status, statusText, headers }), original)
}

function asOriginal(response: Response, original: Response): Response {
  const { url, redirected, type } = original
  for (const [name, value] of Object.entries({ url, redirected, type }))
    Object.defineProperty(response, name, { value, configurable: true })
  Object.defineProperty(response, 'clone', {
    value: () => asOriginal(Response.prototype.clone.call(response), original),
    configurable: true,
  })
  return response
}
