/** Times of the events of a recording, in milliseconds since its root started. */
export class RecordedTimes {
  readonly #times: Float64Array
  readonly #skipped: readonly number[]
  /** Cumulative time of the skipped events, up to each of `skipped`. */
  readonly #skippedMs: number[] = []

  /** @param skipped the events that the replay has skipped, in order; it may grow */
  constructor(times: Float64Array, skipped: readonly number[]) {
    this.#times = times
    this.#skipped = skipped
  }

  at(event: number): number {
    return this.#times[event] ?? 0
  }

  /** The time of an event minus that of all earlier skipped events. */
  elapsedAt(event: number): number {
    const count = this.#skippedBefore(event)
    for (let place = this.#skippedMs.length; place < count; place++) {
      const skipped = this.#skipped[place] as number
      this.#skippedMs.push((this.#skippedMs[place - 1] ?? 0) + this.at(skipped) - this.at(skipped - 1))
    }
    return this.at(event) - (this.#skippedMs[count - 1] ?? 0)
  }

  #skippedBefore(event: number): number {
    let [low, high] = [0, this.#skipped.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#skipped[middle] as number) < event) low = middle + 1
      else high = middle
    }
    return low
  }
}
