import { cover } from './cover.ts'
import { givesBytes } from './gives-bytes.ts'

type Pair = Parameters<ReadableStream['pipeThrough']>[0]
type PipeOptions = Parameters<ReadableStream['pipeTo']>[1]
type Controller = ReadableStreamDefaultController | ReadableByteStreamController

/**
 * Makes `pipeTo`, `pipeThrough` and `tee` read the stream through its reader, chunk by chunk on demand; natively they bypass all
 * its methods.
 */
export function readRelayed(stream: ReadableStream): void {
  const { pipeTo, pipeThrough, tee } = stream
  cover(stream, 'pipeTo', async function (this: ReadableStream, to: WritableStream, options?: PipeOptions) {
    // The native method rejects with the right error.
    if (this.locked) return pipeTo.call(this, to, options)
    const relay = new Relay(this)
    try {
      await relay.stream.pipeTo(to, options)
    } finally {
      relay.release()
    }
  })
  cover(stream, 'pipeThrough', function (this: ReadableStream, pair: Pair, options?: PipeOptions) {
    if (this.locked) return pipeThrough.call(this, pair, options)
    const { readable, writable } = pair
    // Its failure surfaces at the other end of the pair.
    this.pipeTo(writable, options).catch(() => {})
    return readable
  })
  cover(stream, 'tee', function (this: ReadableStream) {
    return this.locked ? tee.call(this) : new Relay(this).stream.tee()
  })
}

/** A stream that pulls one chunk from another per request, without buffering. */
export class Relay {
  readonly stream: ReadableStream
  readonly #reader: ReadableStreamDefaultReader

  constructor(from: ReadableStream) {
    const isBytes = givesBytes(from)
    const reader = from.getReader()
    this.#reader = reader
    const source = {
      pull: async (controller: Controller) => {
        const { done, value } = await reader.read()
        if (done) close(controller)
        else controller.enqueue(value)
      },
      cancel: (reason: unknown) => reader.cancel(reason),
    }
    this.stream = isBytes
      ? new ReadableStream({ ...source, type: 'bytes' }, { highWaterMark: 0 })
      : new ReadableStream(source, { highWaterMark: 0 })
  }

  release(): void {
    this.#reader.releaseLock()
  }
}

function close(controller: Controller): void {
  controller.close()
  // A reader that waits with its own buffer must be answered through it.
  if ('byobRequest' in controller) controller.byobRequest?.respond(0)
}
