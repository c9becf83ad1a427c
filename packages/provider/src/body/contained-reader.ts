import { consoleLogger } from '@runtape/core'
import { warnSafely } from '@runtape/core/internal'
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
      tellOf(error)
      return piece
    }
  }

  finish(): Uint8Array | undefined {
    try {
      return this.#reader.finish()
    } catch (error) {
      tellOf(error)
      return undefined
    }
  }

  /** Reads no more: pieces pass as they are. */
  goBlind(): void {
    this.#isBlind = true
  }
}

const tellOf = (error: unknown): void =>
  warnSafely(
    consoleLogger,
    `An answer of a model could not be read on the side, so its span is not complete: ${error}`,
  )
