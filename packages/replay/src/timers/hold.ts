/**
 * Limits how long something is delayed for running work. Counts the milliseconds of awaited timers: while the machine is busy
 * with other processes, timers are late, and so is the work.
 */
export class Hold {
  #events = -1
  #waitedMs = 0
  #firstTurn: number | undefined
  #starts = 0

  /**
   * Whether at most `ms` of waiting have passed since the first call with this number of events; allows at least work that most
   * machines finish immediately.
   *
   * @param turns how many of the code's immediates have run, if another one is set
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

  /** Call when a timer of this many milliseconds is set, and the returned function when it fires. */
  timer(ms: number): () => void {
    const starts = this.#starts
    return () => {
      if (starts === this.#starts) this.#waitedMs += ms
    }
  }
}

const leastMs = 10
const leastTurns = 200
