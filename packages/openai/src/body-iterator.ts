import type { Step } from './body-tap.ts'
import type { DirectReader } from './direct-reader.ts'

/** Loops over a body as a loop over a stream does. */
export class BodyIterator implements AsyncIterableIterator<Uint8Array> {
  readonly #reader: DirectReader

  constructor(reader: DirectReader) {
    this.#reader = reader
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  next(): Promise<Step> {
    return this.#reader.isReleased ? Promise.resolve(over) : this.#reader.read()
  }

  async return(value?: unknown): Promise<Step> {
    const reader = this.#reader
    if (!reader.isReleased) {
      const closed = reader.cancel(value)
      reader.releaseLock()
      await closed
    }
    return { done: true, value: value as undefined }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return()
  }
}

const over: Step = { done: true, value: undefined }
