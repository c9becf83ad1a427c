import { unfaked } from './real-timers.ts'

const nextTick = unfaked(process.nextTick, 'nextTick')
const settled = Promise.resolve()

let turn = 0
let isWatched = false

/**
 * Counts turns of the event loop: between two calls that give different numbers, every
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

/** A moment within a turn of the event loop. */
export interface MicrotaskRound {
  /** Which uninterrupted count of rounds it is of: none goes on into another turn. */
  readonly count: number
  readonly round: number
}

/** How many rounds are counted after the last call of `currentRound`; what takes more of them takes its own time. */
const mostRounds = 16

let round = 0
let roundsLeft = 0
let isCounting = false
let counts = 0

/**
 * The round of microtasks that runs. Each microtask of one round was queued in the round before, so that code which waits
 * for `n` promises in a row goes on `n` rounds later.
 */
export function currentRound(): MicrotaskRound {
  roundsLeft = mostRounds
  if (isCounting) return here(round)
  isCounting = true
  void settled.then(countRound)
  // What counts comes after what was queued before it.
  return here(round - 1)
}

let last: MicrotaskRound = { count: 0, round: 0 }

/** One for all that are asked for in a round. */
function here(at: number): MicrotaskRound {
  if (last.count !== counts || last.round !== at) last = { count: counts, round: at }
  return last
}

function countRound(): void {
  round++
  if (--roundsLeft > 0) void settled.then(countRound)
  else {
    isCounting = false
    counts++
  }
}

/** How many rounds have begun since then; `undefined` in another turn, or where there were too many to count. */
export const roundsSince = (then: MicrotaskRound): number | undefined =>
  then.count === counts ? round - then.round : undefined
