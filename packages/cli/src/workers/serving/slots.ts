/** How many items a worker may replay at once, over all replays that it serves. */
export class Slots {
  #free: number
  #wake = Promise.withResolvers<void>()

  constructor(count: number) {
    this.#free = count
  }

  /** Takes all that are free; resolves when there is at least one. */
  async takeAll(): Promise<number> {
    while (this.#free === 0) await this.#wake.promise
    const taken = this.#free
    this.#free = 0
    return taken
  }

  give(count: number): void {
    this.#free += count
    this.#wake.resolve()
    this.#wake = Promise.withResolvers()
  }
}
