import type { Answer, BodyReader } from './body-reader.ts'

/** Counts a body that nobody reads here. */
export class BinaryBodyReader implements BodyReader {
  readonly isComplete = false
  #bytes = 0

  read(chunk: Uint8Array): Uint8Array {
    this.#bytes += chunk.byteLength
    return chunk
  }

  finish(): undefined {}

  answer(): Answer {
    return { recorded: { bytes: this.#bytes }, notes: [] }
  }
}
