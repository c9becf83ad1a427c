import { Readable } from 'node:stream'
import type { StreamKind } from '@runtape/core'

/**
 * What a stream gave when it was recorded, and how it went on: `finish` returns what it returned, or throws; or returns a
 * promise of that, except for a generator.
 */
export interface RecordedStream {
  readonly chunks: readonly unknown[]
  finish(): unknown
}

/** A stream of the same kind that gives the same chunks. */
export function streamAgain(kind: StreamKind, recorded: RecordedStream): object {
  switch (kind) {
    case 'generator':
      return chunksOf(recorded)
    case 'async-generator':
      return asyncChunksOf(recorded)
    case 'web-stream':
      return webStreamOf(recorded)
    case 'node-stream':
      return Readable.from(asyncChunksOf(recorded), { objectMode: !recorded.chunks.every(isBytes) })
  }
}

function* chunksOf({ chunks, finish }: RecordedStream): Generator {
  yield* chunks
  return finish()
}

async function* asyncChunksOf({ chunks, finish }: RecordedStream): AsyncGenerator {
  for (const chunk of chunks) yield chunk
  return finish()
}

function webStreamOf(recorded: RecordedStream): ReadableStream {
  const { chunks } = recorded
  // Of bytes, so that a reader with a buffer of its own can read it too.
  const fitsBuffers = chunks.length > 0 && chunks.every(isWholeBytes)
  const waiting = chunks.values()
  const source = {
    pull: async (controller: ReadableStreamDefaultController | ReadableByteStreamController) => {
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
