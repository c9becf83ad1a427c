import type { TextDecoder } from 'node:util'
import type { StreamFold } from './stream-fold.ts'

const newline = 10
const carriageReturn = 13

/** Takes the pieces of a stream: the whole events among them are folded, of the rest copies are kept. */
export class EventLog {
  readonly fold: StreamFold
  /** Of an event that is not whole. */
  #parts: Uint8Array[] = []
  #size = 0

  constructor(fold: StreamFold) {
    this.fold = fold
  }

  /** Of all that was taken, in bytes. */
  get size(): number {
    return this.#size
  }

  push(piece: Uint8Array): void {
    this.#size += piece.length
    const end = endOfLastEvent(piece)
    if (end > 0) this.fold.add(this.#withParts(piece.subarray(0, end)))
    // A copy: the piece belongs to the application.
    if (end < piece.length) this.#parts.push(Uint8Array.prototype.slice.call(piece, end))
  }

  /** Folds what is not whole, once. */
  foldRest(brokeOff: boolean): void {
    this.fold.add(this.#withParts(), brokeOff)
  }

  /** In place of that: its text, as far as its characters are whole; the decoder knows the rest. */
  takeRest(decoder: TextDecoder): string {
    return decoder.decode(this.#withParts(), { stream: true })
  }

  #withParts(piece?: Uint8Array): Uint8Array {
    if (piece && this.#parts.length === 0) return piece
    const whole = Buffer.concat(piece ? [...this.#parts, piece] : this.#parts)
    this.#parts = []
    return whole
  }
}

/** Where the last event ends that is whole, if there is one whose end is seen at a glance. */
function endOfLastEvent(bytes: Uint8Array): number {
  for (let at = bytes.length - 1; at > 0; at--) {
    at = bytes.lastIndexOf(newline, at)
    if (at < 1) return 0
    const before = bytes[at - 1]
    if (before === newline || (before === carriageReturn && bytes[at - 2] === newline)) return at + 1
  }
  return 0
}
