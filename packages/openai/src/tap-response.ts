import type { AnswerReader } from './read-answer.ts'

/** How reading a body ended. */
export type BodyEnd =
  | { readonly how: 'done' | 'cancelled' | 'abandoned' }
  | { readonly how: 'broken'; readonly error: unknown }

type Pieces = ReadableStreamDefaultController<Uint8Array>

/**
 * The same response with a body that is read on the side while the application reads it: piece by piece as it asks
 * for them, nothing ahead. `onEnd` is called once; it must not hold on to what is returned.
 */
export function tapResponse(
  response: Response,
  reader: AnswerReader,
  signal: AbortSignal | null | undefined,
  onEnd: (end: BodyEnd) => void,
): Response {
  const body = new BodyTap(response.body as ReadableStream<Uint8Array>, reader, signal ?? undefined, onEnd)
  const stream = new ReadableStream<Uint8Array>(
    { pull: pieces => body.pull(pieces), cancel: reason => body.cancel(reason) },
    { highWaterMark: 0 },
  )
  unread.register(stream, body)
  return likeness(response, stream)
}

/** Whether the response has a body that can be tapped, and a status that a response can be made with. */
export const isTappable = ({ body, status }: Response): boolean =>
  body instanceof ReadableStream && !body.locked && status >= 200 && status <= 599

// Notices bodies that nobody ever read to their end.
const unread = new FinalizationRegistry<BodyTap>(body => body.abandon())

class BodyTap {
  readonly #source: ReadableStreamDefaultReader<Uint8Array>
  readonly #reader: AnswerReader
  readonly #signal: AbortSignal | undefined
  readonly #onEnd: (end: BodyEnd) => void
  #isEnded = false

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

  async pull(pieces: Pieces): Promise<void> {
    try {
      while (!(await this.#pass(pieces)));
    } catch (error) {
      this.#end({ how: 'broken', error })
      throw error
    }
  }

  cancel(reason: unknown): Promise<void> {
    this.#end({ how: 'cancelled' })
    return this.#source.cancel(reason)
  }

  abandon(): void {
    if (this.#isEnded) return
    this.#end({ how: 'abandoned' })
    this.#source.cancel().catch(() => {})
  }

  /** Passes on the next piece; false when it holds nothing that the application is to see. */
  async #pass(pieces: Pieces): Promise<boolean> {
    const { done, value } = await this.#source.read()
    const seen = done ? this.#reader.finish() : this.#reader.read(value)
    if (seen) pieces.enqueue(seen)
    if (!done) return seen !== undefined
    this.#end({ how: 'done' })
    pieces.close()
    return true
  }

  readonly #aborted = (): void => this.#end({ how: 'broken', error: this.#signal?.reason })

  #end(end: BodyEnd): void {
    if (this.#isEnded) return
    this.#isEnded = true
    this.#signal?.removeEventListener('abort', this.#aborted)
    this.#onEnd(end)
  }
}

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
