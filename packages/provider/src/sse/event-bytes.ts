import { concat, endOfLastEvent } from './sse-bytes.ts'

const nothing = new Uint8Array(0)
// One for all open streams, and never changed.
const none: Uint8Array[] = []
// As long as two ends of lines.
const edge = 4

/** Cuts bytes that come in pieces into whole events. Of what is not whole it keeps copies: pieces belong to others. */
export class EventBytes {
  #parts = none

  get #isBetween(): boolean {
    return this.#parts.length === 0
  }

  /** All events that are whole with this piece, if there are any. */
  push(piece: Uint8Array): Uint8Array | undefined {
    const end = this.#endIn(piece)
    const whole = end === -1 ? undefined : this.#joined(end === piece.length ? piece : piece.subarray(0, end))
    const from = Math.max(end, 0)
    // Not by its own `slice`: that of a Buffer shares its memory.
    if (from < piece.length) this.#keep(Uint8Array.prototype.slice.call(piece, from))
    return whole
  }

  #keep(part: Uint8Array): void {
    if (this.#isBetween) this.#parts = [part]
    else this.#parts.push(part)
  }

  /** What is not whole, once. */
  rest(): Uint8Array {
    return this.#joined(nothing)
  }

  /** Where in this piece the last event ends; -1 where none does. The blank line behind it may have begun before. */
  #endIn(piece: Uint8Array): number {
    if (this.#isBetween) return endOfLastEvent(piece)
    let before = nothing
    for (let at = this.#parts.length - 1; at >= 0 && before.length < edge; at--)
      before = concat([(this.#parts[at] as Uint8Array).subarray(-edge), before])
    const end = endOfLastEvent(concat([before, piece]))
    return end < before.length ? -1 : end - before.length
  }

  #joined(piece: Uint8Array): Uint8Array {
    if (this.#isBetween) return piece
    const parts = this.#parts
    this.#parts = none
    return concat([...parts, piece])
  }
}
