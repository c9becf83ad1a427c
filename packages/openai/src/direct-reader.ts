import type { BodyTap, SourceStep, Step } from './body-tap.ts'

/** Reads a tapped body: its first piece as any reader does, the others past the queue of the stream. */
export class DirectReader extends ReadableStreamDefaultReader<Uint8Array> {
  readonly #body: BodyTap
  readonly #releasesAtEnd: boolean
  #queued = 0
  #direct = 0
  #isReleased = false
  #left: PromiseWithResolvers<Step | undefined>[] = []

  /** @param releasesAtEnd as a loop does */
  constructor(stream: ReadableStream<Uint8Array>, body: BodyTap, releasesAtEnd = false) {
    super(stream)
    this.#body = body
    this.#releasesAtEnd = releasesAtEnd
  }

  get isReleased(): boolean {
    return this.#isReleased
  }

  override read(): Promise<Step> {
    const body = this.#body
    if (!body.isFlowing || this.#queued > 0 || this.#isReleased) return this.#readQueued()
    this.#direct++
    return body.read().then(this.#stepped, this.#failed)
  }

  override releaseLock(): void {
    super.releaseLock()
    this.#isReleased = true
    // Whoever reads the stream next gets what this one still waits for.
    for (; this.#direct > 0; this.#direct--) {
      const left = Promise.withResolvers<Step | undefined>()
      this.#left.push(left)
      this.#body.giveBack(left.promise)
    }
  }

  #readQueued(): Promise<Step> {
    this.#queued++
    const read = super.read() as Promise<Step>
    const known = () => {
      this.#queued--
    }
    read.then(
      step => {
        known()
        if (step.done) this.#over()
      },
      () => {
        known()
        this.#over()
      },
    )
    return read
  }

  readonly #stepped = (step: SourceStep): Step | Promise<Step> => {
    if (this.#isReleased) return this.#leave(step)
    this.#direct--
    const seen = this.#body.take(step)
    if (seen?.done) this.#close()
    return seen ?? this.read()
  }

  readonly #failed = (error: unknown): never => {
    this.#body.broke(error)
    if (this.#isReleased) {
      this.#left.shift()?.reject(error)
      throw released()
    }
    this.#direct--
    // So that the stream fails too.
    super.read().catch(() => {})
    this.#over()
    throw error
  }

  #leave(step: SourceStep): Step {
    if (this.#body.isOver) return { done: true, value: undefined }
    this.#left.shift()?.resolve(this.#body.take(step))
    throw released()
  }

  #close(): void {
    super.cancel().catch(() => {})
    this.#over()
  }

  #over(): void {
    if (this.#releasesAtEnd && !this.#isReleased) this.releaseLock()
  }
}

const released = () => new TypeError('The reader was released before it got what it read.')
