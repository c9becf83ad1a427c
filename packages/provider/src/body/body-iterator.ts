import type { Step } from './body-tap.ts'
import type { DirectReader } from './direct-reader.ts'

/** Iterates over a body as an iterator of a stream does. Concurrent calls are handled one after the other. */
export class BodyIterator implements AsyncIterableIterator<Uint8Array> {
  readonly #reader: DirectReader
  #last: Promise<Step> | undefined
  #chained = 0

  constructor(reader: DirectReader) {
    this.#reader = reader
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  next(): Promise<Step> {
    this.#last = this.#isBusy ? this.#afterLast(() => this.#step()) : this.#step()
    return this.#last
  }

  return(value?: unknown): Promise<Step> {
    this.#last = this.#isBusy ? this.#afterLast(() => this.#leave(value)) : this.#leave(value)
    return this.#last
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return()
  }

  get #isBusy(): boolean {
    return this.#chained > 0 || this.#reader.isWaiting
  }

  #afterLast(act: () => Promise<Step>): Promise<Step> {
    this.#chained++
    const then = () => {
      this.#chained--
      return act()
    }
    return (this.#last as Promise<Step>).then(then, then)
  }

  #step(): Promise<Step> {
    return this.#reader.isReleased ? Promise.resolve(over) : this.#reader.read()
  }

  async #leave(value: unknown): Promise<Step> {
    const reader = this.#reader
    if (!reader.isReleased) {
      const closed = reader.cancel(value)
      reader.releaseLock()
      await closed
    }
    return { done: true, value: value as undefined }
  }
}

const over: Step = { done: true, value: undefined }
