import { tooMany } from '../access/rate.ts'

/** Bodies that are read at the same time may take as much memory as this many of the largest. */
const mostBodies = 3

/** Bodies up to this size are served meanwhile. */
const smallBytes = 1_000_000

let held = 0

/** The memory of a body while it is read: many large bodies at once must not take the memory of the process. */
export class BytesInMemory {
  readonly #most: number
  #bytes = 0

  /** @param largest bytes of the largest body */
  constructor(largest: number) {
    this.#most = largest * mostBodies
  }

  /** @throws {HttpError} 429 if all bodies together are too large */
  add(bytes: number): void {
    this.#bytes += bytes
    held += bytes
    // A body alone has its own limit.
    if (held > this.#most && this.#bytes > smallBytes && this.#bytes < held)
      throw tooMany('The server reads as many large bodies as it may.', 1)
  }

  release(): void {
    held -= this.#bytes
    this.#bytes = 0
  }
}
