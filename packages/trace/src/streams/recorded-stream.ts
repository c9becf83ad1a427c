import type { StreamKind } from '@runtape/core'
import { nodeStreamAgain } from './node-stream-again.ts'

/**
 * The recorded chunks of a stream, and how it continued: `finish` returns its return value, or throws; except for a generator it
 * may return a promise.
 */
export interface RecordedStream {
  readonly chunks: readonly unknown[]
  finish(): unknown
  /** Its consumer stopped before its end, so `finish` throws that the rest is not on the tape. */
  readonly isCut?: boolean
  /** Called before the chunk with this index, or the end, is passed on; returns a promise except for a generator. */
  before?(index: number): unknown
}

/** A stream of the same kind with the same chunks. */
export function streamAgain(kind: StreamKind, recorded: RecordedStream): object {
  switch (kind) {
    case 'generator':
      return chunksOf(recorded)
    case 'async-generator':
      return asyncChunksOf(recorded)
    case 'web-stream':
      return webStreamOf(recorded)
    case 'node-stream':
      return nodeStreamAgain(finish => asyncChunksOf({ ...recorded, finish }), recorded.finish, {
        objectMode: !recorded.chunks.every(isBytes),
        isCut: recorded.isCut === true,
      })
  }
}

function* chunksOf(recorded: RecordedStream): Generator {
  const { chunks } = recorded
  for (const [index, chunk] of chunks.entries()) {
    recorded.before?.(index)
    yield chunk
  }
  recorded.before?.(chunks.length)
  return recorded.finish()
}

async function* asyncChunksOf(recorded: RecordedStream): AsyncGenerator {
  const { chunks } = recorded
  for (const [index, chunk] of chunks.entries()) {
    if (recorded.before) await recorded.before(index)
    yield chunk
  }
  if (recorded.before) await recorded.before(chunks.length)
  return recorded.finish()
}

function webStreamOf(recorded: RecordedStream): ReadableStream {
  const { chunks } = recorded
  // A byte stream, so that a reader with its own buffer can read it too.
  const fitsBuffers = chunks.length > 0 && chunks.every(isWholeBytes)
  const waiting = chunks.values()
  let given = 0
  const source = {
    pull: async (controller: ReadableStreamDefaultController | ReadableByteStreamController) => {
      if (recorded.before) await recorded.before(given++)
      const { done, value } = waiting.next()
      if (!done) return controller.enqueue(value as never)
      await recorded.finish()
      controller.close()
      if ('byobRequest' in controller) controller.byobRequest?.respond(0)
    },
  }
  return fitsBuffers
    ? new ReadableStream({ ...source, type: 'bytes' }, { highWaterMark: 0 })
    : new ReadableStream(source, { highWaterMark: 0 })
}

const isBytes = (chunk: unknown) => chunk instanceof Uint8Array

const isWholeBytes = (chunk: unknown) =>
  chunk instanceof Uint8Array && chunk.constructor === Uint8Array && chunk.byteLength > 0
