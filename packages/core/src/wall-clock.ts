const slot = Symbol.for('runtape.real-now.1')
const globals = globalThis as { [slot]?: (() => number) | undefined }

/** The time, in milliseconds since the Unix epoch, also where `Date.now` shows replayed code the recorded one. */
export const realNow = (): number => (globals[slot] ?? Date.now)()

/** To be told by who replaces `Date.now`; `undefined` when it is the real one again. */
export function setRealNow(now: (() => number) | undefined): void {
  globals[slot] = now
}
