type Clock = () => number

const slot = Symbol.for('runtape.real-now.2')
const globals = globalThis as { [slot]?: Clock[] }

/** Clocks that code which replaces `Date` put aside: the first is the real one. */
globals[slot] ??= []
const putAway = globals[slot]

/** The time, in milliseconds since the Unix epoch, also where `Date.now` shows replayed code the recorded one. */
export const realNow = (): number => (putAway[0] ?? Date.now)()

/** To be called with the clock that is being replaced. Returns the undo. */
export function keepRealNow(now: Clock): () => void {
  putAway.push(now)
  return () => {
    const at = putAway.indexOf(now)
    if (at !== -1) putAway.splice(at, 1)
  }
}
