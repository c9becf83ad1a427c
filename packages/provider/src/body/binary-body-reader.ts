import type { Answer, BodyReader } from './body-reader.ts'

/** Counts the bytes of a body that is not kept. */
export class BinaryBodyReader implements BodyReader {
  readonly isComplete = false
  #bytes = 0

  push(piece: Uint8Array): Uint8Array {
    this.#bytes += piece.byteLength
    return piece
  }

  finish(): undefined {}

  answer(): Answer {
    return { facts: {}, parts: { learned: { bytes: this.#bytes } } }
  }
}
