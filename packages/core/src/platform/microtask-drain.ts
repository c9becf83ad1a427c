import { unfaked } from './real-timers.ts'

const nextTick = unfaked(process.nextTick, 'nextTick')
const settled = Promise.resolve()

let turn = 0
let isWatched = false

/**
 * Counts turns of the event loop: if two calls return different numbers, all microtasks have run in between. If two calls return
 * the same number, they are in the same turn.
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

/** Calls `fn` after all microtasks have run. Does not keep the process alive. */
export function afterMicrotasks(fn: () => void): void {
  // Through a promise: outside a microtask, a tick alone would run before the promises.
  void settled.then(() => nextTick(fn))
}

/** A moment within a turn of the event loop. */
export interface MicrotaskRound {
  /** Identifies an uninterrupted count of rounds: a count never spans two turns. */
  readonly count: number
  readonly round: number
}

/** Rounds counted after the last call of `currentRound`; longer work takes its own time. */
const mostRounds = 16

let round = 0
let roundsLeft = 0
let isCounting = false
let counts = 0

/**
 * The running round of microtasks. Each microtask of a round was queued in the previous one, so code that awaits `n` promises in
 * a row continues `n` rounds later.
 */
export function currentRound(): MicrotaskRound {
  roundsLeft = mostRounds
  if (isCounting) return here(round)
  isCounting = true
  void settled.then(countRound)
  // The counting microtask runs after those queued before it.
  return here(round - 1)
}

let last: MicrotaskRound = { count: 0, round: 0 }

/** Shared by all callers in one round. */
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

/** The number of rounds since then; `undefined` in another turn, or if there were too many to count. */
export const roundsSince = (then: MicrotaskRound): number | undefined =>
  then.count === counts ? round - then.round : undefined
