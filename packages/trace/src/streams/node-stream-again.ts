import { Readable } from 'node:stream'

/**
 * A Node stream with these chunks. If the recording was not read to its end, the stream delays its end until its consumer wants
 * more than was recorded: Node streams read ahead of their readers.
 */
export function nodeStreamAgain(
  chunks: (end: () => unknown) => AsyncGenerator,
  finish: () => unknown,
  options: { readonly objectMode: boolean; readonly isCut: boolean },
): Readable {
  const { objectMode, isCut } = options
  if (!isCut) return Readable.from(chunks(finish), { objectMode })
  const demand = new Demand()
  const end = async () => {
    await demand.forMore()
    return demand.isOver ? undefined : finish()
  }
  const stream = Readable.from(chunks(end), { objectMode })
  demand.watch(stream)
  return stream
}

/** Detects whether the consumer of a stream waits for more. Reading ahead requests 0 bytes, and a consumer never does. */
class Demand {
  isOver = false
  #stream: Readable | undefined
  #isHungry = false
  #resolve = () => {}

  watch(stream: Readable): void {
    this.#stream = stream
    const { read, _destroy: destroy } = stream
    stream.read = size => {
      const chunk: unknown = read.call(stream, size)
      if (size !== 0) this.#wants(chunk === null)
      return chunk
    }
    stream._destroy = (error, done) => {
      this.isOver = true
      this.#resolve()
      destroy.call(stream, error, done)
    }
    for (const name of ['read', '_destroy']) Object.defineProperty(stream, name, { enumerable: false })
  }

  async forMore(): Promise<void> {
    if (this.isOver || (this.#isHungry && !this.#stream?.isPaused())) return
    await new Promise<void>(resolve => {
      this.#resolve = resolve
    })
  }

  #wants(isHungry: boolean): void {
    this.#isHungry = isHungry
    if (isHungry) this.#resolve()
  }
}
