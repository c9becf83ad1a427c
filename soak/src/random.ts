/** Numbers from 0 up to, but not including, 1: the same ones for the same seed. */
export class Random {
  #state: number

  constructor(seed: number) {
    // A generator that starts at zero stays there.
    this.#state = (seed ^ 0x9e3779b9) >>> 0 || 1
    for (let warmUp = 0; warmUp < 8; warmUp++) this.next()
  }

  next(): number {
    let state = this.#state
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    this.#state = state >>> 0
    return this.#state / 2 ** 32
  }

  /** A whole number below `limit`. */
  below(limit: number): number {
    return Math.floor(this.next() * limit)
  }

  pick<T>(list: readonly T[]): T | undefined {
    return list[this.below(list.length)]
  }

  shuffled<T>(list: readonly T[]): T[] {
    return list
      .map(item => ({ item, place: this.next() }))
      .sort((a, b) => a.place - b.place)
      .map(({ item }) => item)
  }

  /** Random waits: exponentially distributed, `mean` on average. */
  wait(mean: number): number {
    return -Math.log(1 - this.next()) * mean
  }
}
