const nothing = Buffer.alloc(0)

/** Bytes that come in pieces, as one. It keeps copies: what the application was given it may change. */
export class ByteLog {
  #bytes = nothing
  #length = 0

  push(piece: Uint8Array): void {
    const length = this.#length + piece.length
    if (length > this.#bytes.length) this.#grow(length)
    this.#bytes.set(piece, this.#length)
    this.#length = length
  }

  /** All so far. */
  bytes(): Buffer {
    return this.#bytes.subarray(0, this.#length)
  }

  clear(): void {
    this.#bytes = nothing
    this.#length = 0
  }

  // By little: the bytes of many open streams are held at once.
  #grow(length: number): void {
    const larger = Buffer.allocUnsafeSlow(length + (length >> 2) + 512)
    larger.set(this.bytes())
    this.#bytes = larger
  }
}
