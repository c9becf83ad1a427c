type NodeTimers = typeof import('node:timers')
type Name = 'setTimeout' | 'clearTimeout' | 'setInterval' | 'clearInterval' | 'setImmediate'

/** Timers that run in real time, even if a test runner or a replay has replaced those of the process. */
export type RealTimers = Pick<NodeTimers, Name>

/**
 * Node's timers, taken when this module is loaded. Recording and replay use them for their own waiting, so a faked clock never
 * blocks them. Tests in this repository may replace them.
 */
export const realTimers: RealTimers = takeTimers()

/** Resolves after this many milliseconds of real time. */
export const realDelay = (ms: number): Promise<void> =>
  new Promise(resolve => void realTimers.setTimeout(resolve, ms))

// The global object may be a fake, and the real one may have a faked method.
const { performance } = process.getBuiltinModule('node:perf_hooks')
// Captured now: a test may later replace it with a clock that stands still. Bun has it on the object itself.
const { now = performance.now } = Object.getPrototypeOf(performance) as Partial<typeof performance>

/** The clock that `monotonicNow` reads. Tests in this repository may replace it. */
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

/** Originals that `@sinonjs/fake-timers`, also inside vitest and jest, saved if it was installed before this module loaded. */
export function unfaked<F extends object>(fn: F, name: string): F {
  const { clock } = fn as { clock?: Partial<Record<string, unknown>> }
  const original = clock?.[`_${name}`]
  return typeof original === 'function' ? (original as F) : fn
}

// Node's functions are written in JavaScript; the replacements of `node:test` are bound.
function isReal(fn: unknown): boolean {
  return !String(fn).includes('[native code]')
}

/** If the originals are unreachable: the timeout of a socket uses the same kind of timer, which is not faked. */
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
