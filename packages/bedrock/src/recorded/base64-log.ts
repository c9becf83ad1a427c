// A multiple of three, so that the texts of full slabs can be put together.
const slabSize = 12 * 1024

/** Bytes that come in pieces, as one text in Base64. It keeps copies: what the application was given it may change. */
export class Base64Log {
  #texts: string[] = []
  #slab: Buffer | undefined
  #used = 0

  push(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      this.#slab ??= Buffer.allocUnsafeSlow(slabSize)
      const end = Math.min(bytes.length, at + slabSize - this.#used)
      this.#slab.set(at === 0 && end === bytes.length ? bytes : bytes.subarray(at, end), this.#used)
      this.#used += end - at
      at = end
      if (this.#used === slabSize) this.#encode(this.#slab)
    }
  }

  /** All so far. */
  text(): string {
    return this.#texts.join('') + (this.#slab?.toString('base64', 0, this.#used) ?? '')
  }

  clear(): void {
    this.#texts = []
    this.#slab = undefined
    this.#used = 0
  }

  #encode(slab: Buffer): void {
    this.#texts.push(slab.toString('base64'))
    this.#used = 0
  }
}
