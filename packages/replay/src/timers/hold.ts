/**
 * How long something is held back for work that goes on. Counts the milliseconds of timers that were waited for: while the
 * machine is busy with other processes, timers come late, and so does the work.
 */
export class Hold {
  #events = -1
  #waitedMs = 0
  #firstTurn: number | undefined
  #starts = 0

  /**
   * Whether no more than `ms` of waiting have gone by since it was asked first when so many events had happened; at least
   * for what is over at once on most machines.
   *
   * @param turns how many immediates of the code have run, where another one is set
   */
  isOn(events: number, ms: number, turns: number | undefined): boolean {
    if (this.#events !== events) {
      this.#events = events
      this.#waitedMs = 0
      this.#firstTurn = turns
      this.#starts++
    }
    this.#firstTurn ??= turns
    if (turns !== undefined && turns - (this.#firstTurn ?? turns) < leastTurns) return true
    return this.#waitedMs < Math.max(ms, leastMs)
  }

  /** To be called when a timer of so many milliseconds is set; what it returns, when it fires. */
  timer(ms: number): () => void {
    const starts = this.#starts
    return () => {
      if (starts === this.#starts) this.#waitedMs += ms
    }
  }
}

const leastMs = 10
const leastTurns = 200
