import { contained, warnOfFault } from '../call/contain-errors.ts'
import type { BodyReader } from './body-reader.ts'

/** Contains our own errors: after one, the application receives all bytes unchanged. */
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

  /** Stops observing: pieces pass unchanged. */
  goBlind(): void {
    this.#isBlind = true
  }
}
