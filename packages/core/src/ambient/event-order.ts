import { currentTurn } from '../platform/microtask-drain.ts'

/** Numbers the starts and ends of the calls of one trace. */
export interface EventOrder {
  /** The next number. Consecutive numbers belong to one turn of the event loop; a number is skipped between turns. */
  next(): number
}

export const newEventOrder = (): EventOrder => new Counter()

// A class instead of a closure: every open trace has one.
class Counter implements EventOrder {
  #last = -1
  #lastTurn = currentTurn()

  next(): number {
    const turn = currentTurn()
    this.#last += turn === this.#lastTurn ? 1 : 2
    this.#lastTurn = turn
    return this.#last
  }
}
