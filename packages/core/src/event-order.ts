import { currentTurn } from './turn.ts'

/** Numbers the starts and ends of the calls of one trace. */
export interface EventOrder {
  /** The next number. Numbers in a row are of one turn of the event loop; between two turns one is left out. */
  next(): number
}

export function newEventOrder(): EventOrder {
  let last = -1
  let lastTurn = currentTurn()
  return {
    next: () => {
      const turn = currentTurn()
      last += turn === lastTurn ? 1 : 2
      lastTurn = turn
      return last
    },
  }
}
