import type { BodyTap, SourceStep, Step } from './body-tap.ts'

/** A reader of a tapped body. Only the first piece goes through the queue of the stream; later ones bypass it. */
export class DirectReader extends ReadableStreamDefaultReader<Uint8Array> {
  readonly #body: BodyTap
  readonly #releasesAtEnd: boolean
  #queued = 0
  #direct = 0
  #last: Promise<Step> | undefined
  #isReleased = false

  /** @param releasesAtEnd as an iterator does */
  constructor(stream: ReadableStream<Uint8Array>, body: BodyTap, releasesAtEnd = false) {
    super(stream)
    this.#body = body
    this.#releasesAtEnd = releasesAtEnd
  }

  get isReleased(): boolean {
    return this.#isReleased
  }

  /** Whether a read is pending. */
  get isWaiting(): boolean {
    return this.#direct + this.#queued > 0
  }

  override read(): Promise<Step> {
    this.#last = this.#direct > 0 && this.#last ? this.#readAfter(this.#last) : this.#readOn()
    return this.#last
  }

  override releaseLock(): void {
    super.releaseLock()
    this.#isReleased = true
    if (this.#direct > 0) this.#body.releaseReads()
    this.#body.released()
  }

  #readOn(): Promise<Step> {
    const body = this.#body
    if (!body.isFlowing || this.#queued > 0 || this.#isReleased) return this.#readQueued()
    this.#direct++
    return body.read().then(this.#stepped, this.#failed)
  }

  /**
   * Starts this read after the last one: that may need more than one piece if the first is hidden from the application.
   */
  #readAfter(last: Promise<Step>): Promise<Step> {
    this.#direct++
    const readOn = () => {
      this.#direct--
      return this.#readOn()
    }
    return last.then(readOn, error => {
      if (!this.#isReleased) return readOn()
      this.#direct--
      throw error
    })
  }

  #readQueued(): Promise<Step> {
    this.#queued++
    const read = super.read() as Promise<Step>
    const answered = (isOver: boolean) => {
      this.#queued--
      if (isOver) this.#over()
    }
    read.then(
      ({ done }) => answered(done),
      () => answered(true),
    )
    return read
  }

  readonly #stepped = (step: SourceStep): Step | Promise<Step> => {
    this.#direct--
    const seen = this.#body.take(step)
    if (seen?.done) this.#close()
    return seen ?? this.#readOn()
  }

  readonly #failed = (error: unknown): never => {
    this.#direct--
    this.#over()
    throw error
  }

  #close(): void {
    super.cancel().catch(() => {})
    this.#over()
  }

  #over(): void {
    if (this.#releasesAtEnd && !this.#isReleased) this.releaseLock()
  }
}
