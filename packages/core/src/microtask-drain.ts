import { unfaked } from './real-timers.ts'

const nextTick = unfaked(process.nextTick, 'nextTick')
const settled = Promise.resolve()

let turn = 0
let isWatched = false

/**
 * Counts the turns of the event loop as far as they matter: between two calls that give different numbers, every
 * promise that could go on has gone on. Two calls that give the same number are of one turn.
 */
export function currentTurn(): number {
  if (!isWatched) {
    isWatched = true
    afterMicrotasks(endTurn)
  }
  return turn
}

function endTurn(): void {
  isWatched = false
  turn++
}

/** Calls `fn` when every promise that could go on has gone on. It keeps no process alive that would end. */
export function afterMicrotasks(fn: () => void): void {
  // By way of a promise: a tick alone comes before the promises where it is asked for outside of one.
  void settled.then(() => nextTick(fn))
}
