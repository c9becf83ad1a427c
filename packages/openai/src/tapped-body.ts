import { BodyIterator } from './body-iterator.ts'
import type { BodyTap, Pieces } from './body-tap.ts'
import { DirectReader } from './direct-reader.ts'

/**
 * A body that is read on the side while the application reads it: piece by piece as it asks for them, nothing ahead.
 * Its readers and loops get their pieces past its queue, which costs more than all that is done here.
 */
export class TappedBody extends ReadableStream<Uint8Array> {
  readonly #body: BodyTap

  constructor(body: BodyTap) {
    super(sourceOf(body), { highWaterMark: 0 })
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

// Of the same type as what it stands in for. That the one of bytes has another controller is of no account here.
const sourceOf = (body: BodyTap): UnderlyingDefaultSource<Uint8Array> => ({
  ...(body.isBytes && { type: 'bytes' as undefined }),
  pull: pieces => body.pull(pieces as Pieces),
  cancel: reason => body.cancel(reason),
})

// It passes for one of the runtime's own.
Object.defineProperty(TappedBody.prototype, 'constructor', { value: ReadableStream })
