type Clock = () => number

const slot = Symbol.for('runtape.real-now.2')
const globals = globalThis as { [slot]?: Clock[] }

/** Clocks that were saved by code replacing `Date`; the first is the real one. */
globals[slot] ??= []
const putAway = globals[slot]

/** The real time in milliseconds since the Unix epoch, even while `Date.now` shows replayed code the recorded time. */
export const realNow = (): number => (putAway[0] ?? Date.now)()

/** Call with the clock that is being replaced. Returns the undo function. */
export function keepRealNow(now: Clock): () => void {
  putAway.push(now)
  return () => {
    const at = putAway.indexOf(now)
    if (at !== -1) putAway.splice(at, 1)
  }
}
