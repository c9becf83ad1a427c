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

/** Reads a body on the side. It knows neither the stream that the application reads nor its readers. */
export class BodyTap {
  readonly #source: ReadableStreamDefaultReader<Uint8Array>
  readonly #reader: AnswerReader
  readonly #signal: AbortSignal | undefined
  #onEnd: ((end: BodyEnd) => void) | undefined
  #isPulled = false
  #returned: Promise<Step | undefined>[] = []

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

  /** Is told as abandoned when this, by which the application has the body, is with nobody any more. */
  watch(holder: Response | ReadableStream): void {
    if (!this.#onEnd) return
    unread.unregister(this)
    unread.register(holder, this, this)
  }

  /** Whether its pieces can be read past the queue of the stream: neither the first one, nor what is left, nor the end. */
  get isFlowing(): boolean {
    return this.#isPulled && this.#onEnd !== undefined && this.#returned.length === 0
  }

  get isOver(): boolean {
    return this.#onEnd === undefined
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

  /** A step that nobody waits for any more: the next one to ask gets it. */
  giveBack(step: Promise<Step | undefined>): void {
    step.catch(() => {})
    this.#returned.push(step)
  }

  async pull(pieces: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    this.#isPulled = true
    let step = await this.#next()
    while (!step) step = await this.#next()
    if (!step.done) return pieces.enqueue(step.value)
    pieces.close()
  }

  async #next(): Promise<Step | undefined> {
    const returned = this.#returned.shift()
    if (returned) return returned
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
