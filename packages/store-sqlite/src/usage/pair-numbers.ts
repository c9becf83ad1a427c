/** Total size of the tables. Further pairs are numbered with a hash table. */
const mostPlaces = 2 ** 22

/** Longer tables would be mostly empty. */
const mostOfOne = 2 ** 14

/**
 * Assigns numbers to pairs of numbers in the order in which they first occur, without an object per pair. Pairs with
 * the same first number and small second numbers are close together in memory.
 */
export class PairNumbers {
  /** The pairs by number. */
  firsts = new Int32Array(64)
  seconds = new Float64Array(64)
  size = 0
  /** For each first number: number + 1, by the second. */
  readonly #tables: (Int32Array | undefined)[] = []
  #places = 0
  #hashed = 0
  /** Open addressing: number + 1, or 0 for an empty place. */
  #hash = new Int32Array(256)

  /**
   * @param first an integer below 2^31
   * @param second an integer below 2^32
   */
  numberOf(first: number, second: number): number {
    const table = second < mostOfOne ? this.#tableFor(first, second) : undefined
    if (table === undefined) return this.#numberByHash(first, second)
    const known = table[second] as number
    if (known > 0) return known - 1
    const number = this.#add(first, second)
    table[second] = number + 1
    return number
  }

  /** A table that has a place for `second`; `undefined` once the tables are large enough in total. */
  #tableFor(first: number, second: number): Int32Array | undefined {
    const table = this.#tables[first]
    if (table && second < table.length) return table
    if (this.#places >= mostPlaces) return undefined
    const longer = new Int32Array(Math.max(16, 2 ** Math.ceil(Math.log2(second + 1))))
    if (table) longer.set(table)
    this.#places += longer.length - (table?.length ?? 0)
    this.#tables[first] = longer
    return longer
  }

  #numberByHash(first: number, second: number): number {
    const hash = this.#hash
    const mask = hash.length - 1
    for (let place = placeOf(first, second) & mask; ; place = (place + 1) & mask) {
      const number = (hash[place] as number) - 1
      if (number < 0) return this.#addToHash(first, second, place)
      if (this.firsts[number] === first && this.seconds[number] === second) return number
    }
  }

  #addToHash(first: number, second: number, place: number): number {
    const number = this.#add(first, second)
    this.#hash[place] = number + 1
    if (++this.#hashed * 2 > this.#hash.length) this.#spread()
    return number
  }

  #add(first: number, second: number): number {
    const number = this.size++
    if (number === this.firsts.length) this.#grow()
    this.firsts[number] = first
    this.seconds[number] = second
    return number
  }

  #grow(): void {
    const [firsts, seconds] = [this.firsts, this.seconds]
    this.firsts = new Int32Array(firsts.length * 2)
    this.seconds = new Float64Array(firsts.length * 2)
    this.firsts.set(firsts)
    this.seconds.set(seconds)
  }

  /** Grows the hash table by a factor of four. */
  #spread(): void {
    const numbers = this.#hash.filter(number => number > 0)
    const hash = new Int32Array(this.#hash.length * 4)
    const mask = hash.length - 1
    for (const number of numbers) {
      let place = placeOf(this.firsts[number - 1] as number, this.seconds[number - 1] as number) & mask
      while (hash[place] !== 0) place = (place + 1) & mask
      hash[place] = number
    }
    this.#hash = hash
  }
}

function placeOf(first: number, second: number): number {
  const mixed = Math.imul(first, 0x9e37_79b1) ^ Math.imul(second | 0, 0x85eb_ca6b)
  return mixed ^ (mixed >>> 15)
}
