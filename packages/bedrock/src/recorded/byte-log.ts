const nothing = Buffer.alloc(0)

/** Concatenates pieces of bytes. Keeps copies, because the application may change the pieces that it receives. */
export class ByteLog {
  #bytes = nothing
  #length = 0

  push(piece: Uint8Array): void {
    const length = this.#length + piece.length
    if (length > this.#bytes.length) this.#grow(length)
    this.#bytes.set(piece, this.#length)
    this.#length = length
  }

  /** All bytes so far. */
  bytes(): Buffer {
    return this.#bytes.subarray(0, this.#length)
  }

  clear(): void {
    this.#bytes = nothing
    this.#length = 0
  }

  // In small steps: the bytes of many open streams are in memory at once.
  #grow(length: number): void {
    const larger = Buffer.allocUnsafeSlow(length + (length >> 2) + 512)
    larger.set(this.bytes())
    this.#bytes = larger
  }
}
