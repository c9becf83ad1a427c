import { BodyIterator } from './body-iterator.ts'
import type { BodyTap, Pieces } from './body-tap.ts'
import { DirectReader } from './direct-reader.ts'

/**
 * A body that is observed while the application reads it: piece by piece as it asks for them, nothing ahead.
 * Its readers and loops get their pieces past its queue, which costs more than all that is done here.
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

// Of the same type as what it stands in for, which makes another kind of controller: both do what is asked of them here.
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

// It passes for one of the runtime's own.
Object.defineProperty(TappedBody.prototype, 'constructor', { value: ReadableStream })
