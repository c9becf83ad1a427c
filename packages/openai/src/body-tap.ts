import type { AnswerReader } from './read-answer.ts'

/** How reading a body ended. */
export type BodyEnd =
  | { readonly how: 'done' | 'cancelled' | 'abandoned' }
  | { readonly how: 'broken'; readonly error: unknown }

/** A step of reading a body. */
export type Step =
  | { readonly done: false; readonly value: Uint8Array }
  | { readonly done: true; readonly value: undefined }

export type SourceStep = Awaited<ReturnType<ReadableStreamDefaultReader<Uint8Array>['read']>>

type Source = ReadableStream<Uint8Array>
/** Where the stream that the application reads takes its pieces from. */
export type Pieces = ReadableStreamDefaultController<Uint8Array> & Partial<ReadableByteStreamController>

/**
 * Reads a body on the side. It knows neither the stream that the application reads nor its readers: those two call it,
 * the stream by `pull` for what goes through its queue, a `DirectReader` by `read` and `take` for what does not.
 */
export class BodyTap {
  /** Whether its readers may bring the memory that they read into. */
  readonly isBytes: boolean
  readonly #stream: Source
  #source: ReadableStreamDefaultReader<Uint8Array>
  readonly #reader: AnswerReader
  readonly #signal: AbortSignal | undefined
  #onEnd: ((end: BodyEnd) => void) | undefined
  #isQueueEmpty = false

  constructor(
    source: Source,
    reader: AnswerReader,
    signal: AbortSignal | undefined,
    onEnd: (end: BodyEnd) => void,
  ) {
    this.isBytes = isOfBytes(source)
    this.#stream = source
    // Locked at once: fetch cancels the unlocked body of a response that nothing holds any more.
    this.#source = source.getReader()
    this.#reader = reader
    this.#signal = signal
    this.#onEnd = onEnd
    signal?.addEventListener('abort', this.#aborted)
  }

  /** Is told as abandoned when this, by which the application has the body, is with nobody any more. */
  watch(holder: Response | ReadableStream): void {
    if (!this.#onEnd) return
    unread.unregister(this)
    unread.register(holder, this, this)
  }

  /** Whether its pieces can be read past the queue of the stream: neither the first one nor the end, with none left in it. */
  get isFlowing(): boolean {
    return this.#isQueueEmpty && this.#onEnd !== undefined
  }

  /** The next step of the source: to be given to `take`, or its failure to `broke`. */
  read(): Promise<SourceStep> {
    return this.#source.read()
  }

  /** The step as the application is to see it; `undefined` where it sees nothing of it. */
  take(step: SourceStep): Step | undefined {
    if (step.done) return this.#finish()
    const seen = this.#reader.read(step.value)
    if (seen === step.value) return step
    return seen && { done: false, value: seen }
  }

  broke(error: unknown): void {
    this.#end({ how: 'broken', error })
  }

  /** Whoever reads gets nothing any more, at once: what comes is for the next to ask. */
  releaseReads(): void {
    this.#source.releaseLock()
    const source = this.#stream.getReader()
    this.#source = source
    // A failure that came just before it may be told to one who was released.
    source.closed.catch(error => {
      if (this.#source === source) this.broke(error)
    })
  }

  async pull(pieces: Pieces): Promise<void> {
    this.#isQueueEmpty = false
    let step = await this.#next()
    while (!step) step = await this.#next()
    if (step.done) return close(pieces)
    pieces.enqueue(step.value)
    // It is still there where the one who waited for it is gone, or has room for a part of it only.
    this.#isQueueEmpty = pieces.desiredSize === 0 && !pieces.byobRequest
  }

  async #next(): Promise<Step | undefined> {
    try {
      return this.take(await this.#source.read())
    } catch (error) {
      this.broke(error)
      throw error
    }
  }

  async cancel(reason?: unknown): Promise<void> {
    this.#end({ how: 'cancelled' })
    await this.#source.cancel(reason)
  }

  abandon(): void {
    if (!this.#onEnd) return
    this.#end({ how: 'abandoned' })
    this.#source.cancel().catch(() => {})
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

// Notices bodies that nobody ever read to their end.
const unread = new FinalizationRegistry<BodyTap>(body => body.abandon())

function isOfBytes(stream: Source): boolean {
  try {
    stream.getReader({ mode: 'byob' }).releaseLock()
    return true
  } catch {
    return false
  }
}

function close(pieces: Pieces): void {
  pieces.close()
  // Who brought memory gets it back.
  pieces.byobRequest?.respond(0)
}
