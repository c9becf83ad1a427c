import { newDecoder } from './read-answer.ts'

const slabSize = 8 * 1024
const mostSpares = 128
// Memory that was used before costs less than fresh one, which the system has to hand over page by page.
const spares: Uint8Array<ArrayBuffer>[] = []

/** Keeps copies of the pieces of a body: they themselves belong to whoever gets them. */
export class ByteLog {
  #full: Uint8Array<ArrayBuffer>[] = []
  #slab: Uint8Array<ArrayBuffer> = new Uint8Array(1024)
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

  /** All of it, once: nothing is left afterwards. */
  takeText(): string {
    this.#full.push(this.#slab.subarray(0, this.#used))
    const decoder = newDecoder()
    const texts = this.#full.map(slab => decoder.decode(slab, { stream: true }))
    texts.push(decoder.decode())
    for (const { buffer } of this.#full) spare(buffer)
    this.#full = []
    this.#slab = new Uint8Array(0)
    return texts.join('')
  }

  #grow(length: number): void {
    this.#full.push(this.#slab.subarray(0, this.#used))
    this.#before += this.#used
    this.#slab = length <= slabSize ? (spares.pop() ?? new Uint8Array(slabSize)) : new Uint8Array(length)
    this.#used = 0
  }
}

function spare(buffer: ArrayBuffer): void {
  if (buffer.byteLength === slabSize && spares.length < mostSpares) spares.push(new Uint8Array(buffer))
}
