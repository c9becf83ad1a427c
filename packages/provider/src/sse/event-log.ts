import type { TextDecoder } from 'node:util'
import type { StreamFold } from './stream-fold.ts'

const slabSize = 2 * 1024
const mostSpares = 128
const newline = 10
const carriageReturn = 13
// Memory that was used before costs less than fresh one, which the system has to hand over page by page.
const spares: Slab[] = []

/**
 * Takes the pieces of a stream: copies, since they themselves belong to whoever gets them. The events among them are
 * folded whenever some thousand bytes have come together, so that no more than those are held.
 */
export class EventLog {
  readonly fold: StreamFold
  // Where an event is longer than one slab: those before.
  #before: Uint8Array[] = []
  #slab = spares.pop() ?? new Slab(slabSize)
  #used = 0
  #size = 0

  constructor(fold: StreamFold) {
    this.fold = fold
  }

  /** Of all that was taken, in bytes. */
  get size(): number {
    return this.#size
  }

  push(piece: Uint8Array): void {
    if (this.#used + piece.length > this.#slab.bytes.length) this.#makeRoom(piece.length)
    this.#slab.bytes.set(piece, this.#used)
    this.#used += piece.length
    this.#size += piece.length
  }

  /** Folds what has not been folded, once: nothing is left afterwards. */
  foldRest(brokeOff: boolean): void {
    const { bytes, view, end } = this.#take(this.#used)
    this.fold.add(bytes, view, end, brokeOff)
    this.#spare()
  }

  /** In place of that: its text, as far as its characters are whole; the decoder knows the rest. */
  takeRest(decoder: TextDecoder): string {
    const { bytes, end } = this.#take(this.#used)
    const text = decoder.decode(bytes.subarray(0, end), { stream: true })
    this.#spare()
    return text
  }

  #makeRoom(length: number): void {
    const slab = this.#slab
    const end = endOfLastEvent(slab.bytes, this.#used)
    if (end > 0) {
      const whole = this.#take(end)
      this.fold.add(whole.bytes, whole.view, whole.end)
    }
    const rest = slab.bytes.subarray(end, this.#used)
    if (rest.length + length > slab.bytes.length) this.#slab = slabFor(rest.length, length)
    this.#used = 0
    if (rest.length + length <= this.#slab.bytes.length) {
      this.#slab.bytes.set(rest)
      this.#used = rest.length
    } else this.#before.push(rest)
  }

  /** All bytes up to here. */
  #take(end: number): { bytes: Uint8Array; view: DataView; end: number } {
    if (this.#before.length === 0) return { bytes: this.#slab.bytes, view: this.#slab.view, end }
    const parts = [...this.#before, this.#slab.bytes.subarray(0, end)]
    this.#before = []
    const whole = new Slab(parts.reduce((sum, { length }) => sum + length, 0))
    let at = 0
    for (const part of parts) {
      whole.bytes.set(part, at)
      at += part.length
    }
    return { bytes: whole.bytes, view: whole.view, end: at }
  }

  #spare(): void {
    if (this.#slab.bytes.length === slabSize && spares.length < mostSpares) spares.push(this.#slab)
    this.#slab = empty
    this.#used = 0
  }
}

/** A slab for a piece so long, and if that is possible for what is left of the one before. */
function slabFor(rest: number, length: number): Slab {
  if (rest + length <= slabSize) return spares.pop() ?? new Slab(slabSize)
  return new Slab(Math.max(length, slabSize))
}

class Slab {
  readonly bytes: Uint8Array
  readonly view: DataView

  constructor(size: number) {
    const buffer = new ArrayBuffer(size)
    this.bytes = new Uint8Array(buffer)
    this.view = new DataView(buffer)
  }
}

const empty = new Slab(0)

/** Where the last event ends that is whole, if there is one whose end is seen at a glance. */
function endOfLastEvent(bytes: Uint8Array, used: number): number {
  for (let at = used - 1; at > 0; at--) {
    at = bytes.lastIndexOf(newline, at)
    if (at < 1) return 0
    const before = bytes[at - 1]
    if (before === newline || (before === carriageReturn && bytes[at - 2] === newline)) return at + 1
  }
  return 0
}
