import { currentTurn } from '../platform/microtask-drain.ts'

/** Numbers the starts and ends of the calls of one trace. */
export interface EventOrder {
  /** The next number. Numbers in a row are of one turn of the event loop; between two turns one is left out. */
  next(): number
}

export const newEventOrder = (): EventOrder => new Counter()

// A class and no closure: there is one for every trace that is open.
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
