import { concat, endOfLastEvent } from './sse-bytes.ts'

const nothing = new Uint8Array(0)
// Shared by all open streams, and never changed.
const none: Uint8Array[] = []
// The length of two line ends.
const edge = 4

/** Cuts bytes into complete events. Copies the incomplete rest, because pieces belong to others. */
export class EventBytes {
  #parts = none

  get #isBetween(): boolean {
    return this.#parts.length === 0
  }

  /** All events that are complete with this piece, if any. */
  push(piece: Uint8Array): Uint8Array | undefined {
    const end = this.#endIn(piece)
    const whole = end === -1 ? undefined : this.#joined(end === piece.length ? piece : piece.subarray(0, end))
    const from = Math.max(end, 0)
    // Not `piece.slice`: that of a Buffer shares its memory.
    if (from < piece.length) this.#keep(Uint8Array.prototype.slice.call(piece, from))
    return whole
  }

  #keep(part: Uint8Array): void {
    if (this.#isBetween) this.#parts = [part]
    else this.#parts.push(part)
  }

  /** Returns the incomplete rest, once. */
  rest(): Uint8Array {
    return this.#joined(nothing)
  }

  /** Offset in this piece after the last complete event, or -1. Its blank line may have started in an earlier piece. */
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
