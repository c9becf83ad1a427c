import { contained } from '../call/contain-errors.ts'
import type { BodyReader } from './body-reader.ts'
import { ContainedReader } from './contained-reader.ts'
import { readOnFor } from './read-on.ts'

/** How reading a body ended. */
export type BodyEnd =
  | { readonly how: 'cancelled' | 'abandoned' }
  /** `isUnread`: the body was empty, and the application did not ask for it. */
  | { readonly how: 'done'; readonly isUnread?: true }
  /** `isAwaited`: the application was waiting for the next piece. */
  | { readonly how: 'broken'; readonly error: unknown; readonly isAwaited?: boolean }

/** A step of reading a body. */
export type Step =
  | { readonly done: false; readonly value: Uint8Array }
  | { readonly done: true; readonly value: undefined }

export type SourceStep = Awaited<ReturnType<ReadableStreamDefaultReader<Uint8Array>['read']>>

type Source = ReadableStream<Uint8Array>
/** The controller of the stream that the application reads. */
export type Pieces = ReadableStreamDefaultController<Uint8Array> & Partial<ReadableByteStreamController>

/**
 * Observes a body. It has no reference to the stream that the application reads or to its readers. They call it: the
 * stream calls `pull` for pieces through its queue; a `DirectReader` calls `read` and `take` to bypass the queue.
 */
export class BodyTap {
  /** Whether its readers may pass a buffer to read into. */
  readonly isBytes: boolean
  readonly #stream: Source
  #source: ReadableStreamDefaultReader<Uint8Array>
  readonly #reader: BodyReader
  readonly #seen: ContainedReader
  readonly #signal: AbortSignal | undefined
  #onEnd: ((end: BodyEnd) => void) | undefined
  // Weak: an owner of this object must not prevent the stream from being garbage-collected and reported as abandoned.
  #pieces: WeakRef<Pieces> | undefined
  #isQueueEmpty = false
  #isFinished = false
  #isAwaited = false
  #wasRead = false
  #isReadingOn = false
  /** The second part of a piece that was split. */
  #held: Step | undefined
  #given: Step | undefined
  #rest: Uint8Array | undefined

  constructor(
    source: Source,
    reader: BodyReader,
    signal: AbortSignal | undefined,
    onEnd: (end: BodyEnd) => void,
  ) {
    this.isBytes = isOfBytes(source)
    this.#stream = source
    // Locked at once: fetch cancels the unlocked body of a response that has been garbage-collected.
    this.#source = source.getReader()
    this.#reader = reader
    this.#seen = new ContainedReader(reader)
    this.#signal = signal
    this.#onEnd = onEnd
    if (reader.link) reader.link.holds = () => this.#holdsAbort()
    signal?.addEventListener('abort', this.#aborted)
  }

  /**
   * Reports the body as abandoned once `holder`, through which the application reads it, has been garbage-collected.
   */
  watch(holder: Response | ReadableStream): void {
    if (!this.#onEnd) return
    unread.unregister(this)
    unread.register(holder, this, this)
  }

  /** Stops watching. For callers that report an abandoned body themselves, because this object must not reference it. */
  unwatch(): void {
    unread.unregister(this)
  }

  /** Closes or fails the application's stream as soon as the source does, even if nothing is being read. */
  follow(pieces: Pieces): void {
    this.#pieces = new WeakRef(pieces)
    this.#followSource()
  }

  /**
   * Whether pieces can bypass the queue of the stream: after the first piece, before the end, and only if the queue is
   * empty.
   */
  get isFlowing(): boolean {
    return this.#isQueueEmpty && this.#onEnd !== undefined && !this.#isReadingOn
  }

  /** Reads the next step of the source. Pass the step to `take`, or the failure to `broke`. */
  read(): Promise<SourceStep> {
    this.#isAwaited = true
    this.#wasRead = true
    if (!this.#held) return this.#source.read()
    this.#given = this.#held
    this.#held = undefined
    return Promise.resolve(this.#given)
  }

  /** The step as the application receives it; `undefined` if the step is hidden. */
  take(step: SourceStep): Step | undefined {
    this.#isAwaited = false
    const given = this.#given
    this.#given = undefined
    if (step === given) return given
    if (step.done) return this.#finish()
    const seen = this.#split(this.#seen.push(step.value))
    if (seen === step.value) return step
    return seen && { done: false, value: seen }
  }

  #split(seen: Uint8Array | undefined): Uint8Array | undefined {
    if (!seen || !this.#reader.link) return seen
    const at = contained(() => this.#reader.splitAt?.(seen)) ?? 0
    if (at <= 0) return seen
    // Copies, because a piece may be transferred into the buffer of a reader.
    this.#held = { done: false, value: Uint8Array.prototype.slice.call(seen, at) }
    return Uint8Array.prototype.slice.call(seen, 0, at)
  }

  broke(error: unknown): void {
    this.#end({ how: 'broken', error })
  }

  /** The current reader receives no more pieces. Later ones are for the next reader. */
  releaseReads(): void {
    this.#source.releaseLock()
    this.#source = this.#stream.getReader()
    this.#followSource()
  }

  async pull(pieces: Pieces): Promise<void> {
    this.#isQueueEmpty = false
    let step = this.take(await this.read())
    while (!step) step = this.take(await this.read())
    if (step.done) return close(pieces)
    pieces.enqueue(step.value)
    // The piece stays queued if its reader was released or had too little space.
    this.#isQueueEmpty = pieces.desiredSize === 0 && !pieces.byobRequest
  }

  async cancel(reason?: unknown): Promise<void> {
    if (this.#mayReadOn()) return void this.#readOn({ how: 'cancelled' })
    this.#end({ how: 'cancelled' })
    await this.#source.cancel(reason)
  }

  /** A reader was released before the end. Some SDKs stop reading this way and leave the connection open. */
  released(): void {
    if (!this.#reader.isLeftByRelease || !this.#onEnd) return
    this.#seen.goBlind()
    this.#report({ how: 'cancelled' })
  }

  /** Releases the source unread, and reports nothing more. */
  letGo(): void {
    this.#onEnd = undefined
    this.#source.releaseLock()
  }

  abandon(): void {
    this.#end({ how: 'abandoned' })
    this.#source.cancel().catch(() => {})
  }

  #mayReadOn(): boolean {
    if (!this.#onEnd || this.#isReadingOn || this.#held || !this.#reader.link) return false
    return contained(() => this.#reader.isWithoutUsage) === true
  }

  /** The application sees the abort at once; the host sees it after the usage has arrived. */
  #holdsAbort(): boolean {
    if (this.#isReadingOn) return true
    if (this.#isAwaited || !this.#mayReadOn()) return false
    const error: unknown = this.#signal?.reason
    this.#pieces?.deref()?.error(error)
    void this.#readOn({ how: 'broken', error })
    return true
  }

  /** Reads the rest only for its usage. `end` says how the application stopped. */
  async #readOn(end: BodyEnd): Promise<void> {
    this.#isReadingOn = true
    const stop = readOnFor(() => void this.#source.cancel().catch(() => {}))
    try {
      // To the very end, so that the connection can be reused.
      for (let step = await this.#source.read(); !step.done; step = await this.#source.read()) {
        if (this.#onEnd) this.#seen.push(step.value)
        if (this.#reader.hasEnded) this.#end(end)
      }
      if (!stop.isOver) this.#takeRest()
    } catch {
      // Whatever has arrived is recorded.
    }
    stop.clear()
    this.#end(end)
    this.#reader.link?.release()
  }

  #finish(): Step {
    const rest = this.#takeRest()
    this.#rest = undefined
    // On the next read, the source reports again that it is done.
    if (rest) return { done: false, value: rest }
    this.#end({ how: 'done' })
    return { done: true, value: undefined }
  }

  #takeRest(): Uint8Array | undefined {
    if (this.#onEnd && !this.#isFinished) {
      this.#isFinished = true
      this.#rest = this.#seen.finish()
    }
    return this.#rest
  }

  #followSource(): void {
    const source = this.#source
    source.closed.then(
      // The last piece may be on its way: it arrives just after the source has closed.
      () => queueMicrotask(() => this.#sourceClosed()),
      error => {
        // A reader that we released also rejects: ignore it.
        if (this.#source !== source || this.#isReadingOn) return
        this.broke(error)
        // The second part of a split piece has arrived. It is read first; then the source fails again.
        if (!this.#held && !this.#given) this.#pieces?.deref()?.error(error)
      },
    )
  }

  #sourceClosed(): void {
    if (this.#held || this.#given || this.#isReadingOn) return
    if (!this.#onEnd || this.#takeRest()) return
    this.#end({ how: 'done', ...(!this.#wasRead && { isUnread: true }) })
    const pieces = this.#pieces?.deref()
    if (pieces) close(pieces)
  }

  readonly #aborted = (): void => {
    if (this.#isReadingOn) return
    this.#end({ how: 'broken', error: this.#signal?.reason, isAwaited: this.#isAwaited })
  }

  #end(end: BodyEnd): void {
    unread.unregister(this)
    this.#report(end)
  }

  #report(end: BodyEnd): void {
    const onEnd = this.#onEnd
    if (!onEnd) return
    this.#onEnd = undefined
    this.#signal?.removeEventListener('abort', this.#aborted)
    if (!this.#isReadingOn) this.#reader.link?.release()
    contained(() => onEnd(end))
  }
}

// Reports bodies that were never read to their end.
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
  // Returns the buffer of a BYOB read.
  pieces.byobRequest?.respond(0)
}
