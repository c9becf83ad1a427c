/** Numbers pairs of numbers in the order in which they are met: a map with keys of two numbers, without an object for each. */
export class PairNumbers {
  /** The pairs by number. */
  firsts = new Int32Array(64)
  seconds = new Float64Array(64)
  size = 0
  /** Numbers + 1, at a place that the pair says; 0 where there is none. */
  #places = new Int32Array(256)

  /** @param first a whole number below 2^31 @param second a whole number below 2^32 */
  numberOf(first: number, second: number): number {
    const places = this.#places
    const mask = places.length - 1
    for (let place = placeOf(first, second) & mask; ; place = (place + 1) & mask) {
      const number = (places[place] as number) - 1
      if (number < 0) return this.#add(first, second, place)
      if (this.firsts[number] === first && this.seconds[number] === second) return number
    }
  }

  #add(first: number, second: number, place: number): number {
    const number = this.size++
    if (number === this.firsts.length) this.#grow()
    this.firsts[number] = first
    this.seconds[number] = second
    this.#places[place] = number + 1
    if (this.size * 2 > this.#places.length) this.#spread()
    return number
  }

  #grow(): void {
    const [firsts, seconds] = [this.firsts, this.seconds]
    this.firsts = new Int32Array(firsts.length * 2)
    this.seconds = new Float64Array(firsts.length * 2)
    this.firsts.set(firsts)
    this.seconds.set(seconds)
  }

  /** Into four times as many places. */
  #spread(): void {
    const mask = this.#places.length * 4 - 1
    const places = new Int32Array(mask + 1)
    for (let number = 0; number < this.size; number++) {
      let place = placeOf(this.firsts[number] as number, this.seconds[number] as number) & mask
      while (places[place] !== 0) place = (place + 1) & mask
      places[place] = number + 1
    }
    this.#places = places
  }
}

function placeOf(first: number, second: number): number {
  const mixed = Math.imul(first, 0x9e37_79b1) ^ Math.imul(second | 0, 0x85eb_ca6b)
  return mixed ^ (mixed >>> 15)
}
