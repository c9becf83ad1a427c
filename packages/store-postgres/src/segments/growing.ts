/** A list of numbers that grows. New places are 0. */
export class Growing {
  #values = new Float64Array(1024)
  length = 0

  get values(): Float64Array {
    return this.#values
  }

  push(value: number): void {
    if (this.length === this.#values.length) this.#grow(2 * this.length)
    this.#values[this.length++] = value
  }

  #grow(length: number): void {
    const larger = new Float64Array(length)
    larger.set(this.#values)
    this.#values = larger
  }
}
