import { newDecoder } from './read-answer.ts'

const firstSlab = 4 * 1024
const slabSize = 32 * 1024

/** Keeps copies of the pieces of a body: they themselves belong to whoever gets them. */
export class ByteLog {
  readonly #slabs: Uint8Array[] = []
  #slab = new Uint8Array(firstSlab)
  #used = 0
  #before = 0

  /** In bytes. */
  get size(): number {
    return this.#before + this.#used
  }

  push(piece: Uint8Array): void {
    if (this.#used + piece.length > this.#slab.length) this.#grow(piece.length)
    this.#slab.set(piece, this.#used)
    this.#used += piece.length
  }

  text(): string {
    const decoder = newDecoder()
    const texts = this.#slabs.map(slab => decoder.decode(slab, { stream: true }))
    return texts.join('') + decoder.decode(this.#slab.subarray(0, this.#used))
  }

  #grow(length: number): void {
    this.#slabs.push(this.#slab.subarray(0, this.#used))
    this.#before += this.#used
    this.#slab = new Uint8Array(Math.max(slabSize, length))
    this.#used = 0
  }
}
