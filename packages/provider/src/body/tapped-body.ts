import { BodyIterator } from './body-iterator.ts'
import type { BodyTap, Pieces } from './body-tap.ts'
import { DirectReader } from './direct-reader.ts'

/**
 * A body that is observed while the application reads it, piece by piece and without reading ahead. Its readers and
 * iterators bypass its queue, because the queue costs more than everything else here.
 */
export class TappedBody extends ReadableStream<Uint8Array> {
  readonly #body: BodyTap

  constructor(body: BodyTap) {
    super(sourceOf(body) as object, { highWaterMark: 0 })
    this.#body = body
    body.watch(this)
  }

  override getReader(): ReadableStreamDefaultReader<Uint8Array>
  override getReader(options: { mode: 'byob' }): ReadableStreamBYOBReader
  override getReader(options?: { mode: 'byob' }): ReadableStreamDefaultReader | ReadableStreamBYOBReader {
    return options?.mode === undefined ? new DirectReader(this, this.#body) : super.getReader(options)
  }

  override values(options?: { preventCancel?: boolean }): ReturnType<ReadableStream<Uint8Array>['values']> {
    return options?.preventCancel
      ? super.values(options)
      : new BodyIterator(new DirectReader(this, this.#body, true))
  }

  override [Symbol.asyncIterator](options?: {
    preventCancel?: boolean
  }): ReturnType<ReadableStream<Uint8Array>['values']> {
    return this.values(options)
  }
}

// Of the same type as the original stream. A byte stream has another kind of controller; this code works with both.
function sourceOf(body: BodyTap): Source {
  const source: Source = {
    start: pieces => body.follow(pieces),
    pull: pieces => body.pull(pieces),
    cancel: reason => body.cancel(reason),
  }
  return body.isBytes ? { ...source, type: 'bytes' } : source
}

interface Source {
  readonly type?: 'bytes'
  start(pieces: Pieces): void
  pull(pieces: Pieces): Promise<void>
  cancel(reason: unknown): Promise<void>
}

// Makes it look like a stream of the runtime.
Object.defineProperty(TappedBody.prototype, 'constructor', { value: ReadableStream })
