type NodeTimers = typeof import('node:timers')
type Name = 'setTimeout' | 'clearTimeout' | 'setInterval' | 'clearInterval' | 'setImmediate'

/** Timers that run in real time, whatever a test runner or a replay has put in the place of those of the process. */
export type RealTimers = Pick<NodeTimers, Name>

/**
 * The timers of Node, taken when this module is loaded. Everything that a recording or a replay itself waits for uses
 * them: a faked clock never holds it up. Tests of this repository may put others in their place.
 */
export const realTimers: RealTimers = takeTimers()

/** Resolves after so many milliseconds of real time. */
export const realDelay = (ms: number): Promise<void> =>
  new Promise(resolve => void realTimers.setTimeout(resolve, ms))

// The global one may be a fake, and the real one have a faked method.
const { performance } = process.getBuiltinModule('node:perf_hooks')
// Taken now: a test may put a clock that stands still in its place.
const { now } = Object.getPrototypeOf(performance) as typeof performance

/** The clock that `monotonicNow` reads. Tests of this repository may put another one in its place. */
export const realClock = { now: (): number => now.call(performance) }

/** Milliseconds since the process began. */
export const monotonicNow = (): number => realClock.now()

function takeTimers(): RealTimers {
  const timers = process.getBuiltinModule('node:timers')
  const taken = {
    setTimeout: unfaked(timers.setTimeout, 'setTimeout'),
    clearTimeout: unfaked(timers.clearTimeout, 'clearTimeout'),
    setInterval: unfaked(timers.setInterval, 'setInterval'),
    clearInterval: unfaked(timers.clearInterval, 'clearInterval'),
    setImmediate: unfaked(timers.setImmediate, 'setImmediate'),
  }
  return isReal(taken.setTimeout) ? taken : timersOfSockets()
}

/** What `@sinonjs/fake-timers`, also that of vitest and jest, has put away when it was there before this module. */
export function unfaked<F extends object>(fn: F, name: string): F {
  const { clock } = fn as { clock?: Partial<Record<string, unknown>> }
  const original = clock?.[`_${name}`]
  return typeof original === 'function' ? (original as F) : fn
}

// Those of Node are written in JavaScript; those that `node:test` puts in their place are bound.
function isReal(fn: unknown): boolean {
  return !String(fn).includes('[native code]')
}

/** Where the originals are out of reach: a socket makes its timeout of the very same kind, by a way that is not faked. */
function timersOfSockets(): RealTimers {
  const { Socket } = process.getBuiltinModule('node:net')
  const after = (fn: (...args: unknown[]) => void, ms = 1, ...args: unknown[]) => {
    const socket = new Socket()
    socket.on('timeout', () => fn(...args))
    socket.setTimeout(Math.min(Math.max(ms, 1), 2 ** 31 - 1))
    return timeoutOf(socket).ref()
  }
  const every = (fn: (...args: unknown[]) => void, ms?: number, ...args: unknown[]) => {
    const timer = after(() => {
      timer.refresh()
      fn(...args)
    }, ms)
    return timer
  }
  const clear = (timer: unknown) => (timer as NodeJS.Timeout | undefined)?.close()
  const soon = (fn: (...args: unknown[]) => void, ...args: unknown[]) => after(fn, 1, ...args)
  return {
    setTimeout: after,
    setInterval: every,
    setImmediate: soon,
    clearTimeout: clear,
    clearInterval: clear,
  } as unknown as RealTimers
}

function timeoutOf(socket: object): NodeJS.Timeout {
  const symbols = Object.getOwnPropertySymbols(socket) as unknown as (keyof typeof socket)[]
  const values = symbols.map(symbol => socket[symbol] as unknown)
  return values.find(value => typeof value === 'object' && value !== null && '_onTimeout' in value) as never
}
