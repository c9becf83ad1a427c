/** A growing array of numbers. */
export class Growing {
  values: Float64Array
  readonly #start: number

  /** @param start value of indexes that were never written */
  constructor(start: number, size = 64) {
    this.#start = start
    this.values = new Float64Array(size).fill(start)
  }

  /** Makes room for indexes below `size`. */
  reserve(size: number): Float64Array {
    const { values } = this
    if (size <= values.length) return values
    const next = new Float64Array(Math.max(size, values.length * 2)).fill(this.#start, values.length)
    next.set(values)
    this.values = next
    return next
  }
}
