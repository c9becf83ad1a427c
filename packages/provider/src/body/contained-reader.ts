import { contained, warnOfFault } from '../call/contain-errors.ts'
import type { BodyReader } from './body-reader.ts'

/** A fault of ours must not become one of the application: it goes on with the bytes as they come. */
export class ContainedReader {
  readonly #reader: BodyReader
  #isBlind = false

  constructor(reader: BodyReader) {
    this.#reader = reader
  }

  /** What the application sees of a piece. */
  push(piece: Uint8Array): Uint8Array | undefined {
    if (this.#isBlind) return piece
    try {
      return this.#reader.push(piece)
    } catch (error) {
      this.#isBlind = true
      warnOfFault(error)
      return piece
    }
  }

  finish(): Uint8Array | undefined {
    return contained(() => this.#reader.finish())
  }

  /** Reads no more: pieces pass as they are. */
  goBlind(): void {
    this.#isBlind = true
  }
}
