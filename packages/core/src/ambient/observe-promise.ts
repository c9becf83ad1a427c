// Not from node:util, whose import loads all of it: 4 ms.
import { isPromise } from 'node:util/types'
import { currentFrame, type EndReady, runInFrame } from './ambient.ts'

/** True for promises and for any other value that `await` waits for. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  if (value === null || (typeof value !== 'object' && typeof value !== 'function')) return false
  try {
    return typeof (value as { then?: unknown }).then === 'function'
  } catch {
    return false
  }
}

/** Runs work in a frame, for example `then` of a lazy thenable. */
export type Inside = <R>(work: () => R) => R

const run: Inside = work => work()

/**
 * Calls `onValue` or `onError` once, when `result` is known: immediately for a plain value. Returns what went in: unhandled
 * rejections of a plain promise are still reported. Any other thenable stays the same object, and a lazy one is not started: its
 * result is known when its consumer calls `then`, `catch` or `finally`. The result of a frozen thenable, which cannot be
 * observed, is never known. Neither callback may throw.
 *
 * @param ready delays a promise's result, and the report of it
 */
export function whenSettled<T>(
  result: T,
  onValue: (value: Awaited<T>) => void,
  onError: (error: unknown) => void,
  ready?: EndReady,
): T {
  const report = onValue as (value: unknown) => void
  if (!isThenable(result)) report(result)
  else if (isPlainPromise(result)) return watchPromise(result, report, onError, ready) as T
  else watchThenable(result, report, onError, run)
  return result
}

/**
 * `whenSettled` for a lazy thenable that works inside a frame until it settles; its consumer's handlers run outside the frame.
 */
export function whenSettledInside<T>(
  result: T,
  onValue: (value: Awaited<T>) => void,
  onError: (error: unknown) => void,
  inside: Inside,
): T {
  if (!isThenable(result) || isPlainPromise(result)) return whenSettled(result, onValue, onError)
  watchThenable(result, onValue as (value: unknown) => void, onError, inside)
  return result
}

/** True for a plain promise: not a subclass, and without an own `then`. */
export function isPlainPromise(value: unknown): value is Promise<unknown> {
  return (
    isPromise(value) && Object.getPrototypeOf(value) === Promise.prototype && !Object.hasOwn(value, 'then')
  )
}

function watchPromise(
  promise: Promise<unknown>,
  onValue: (value: unknown) => void,
  onError: (error: unknown) => void,
  ready: EndReady | undefined,
): Promise<unknown> {
  return thenKeepingProperties(
    promise,
    whenReady(passing(onValue), ready),
    whenReady(failing(onError), ready),
  )
}

const passing = (report: (value: unknown) => void) => (value: unknown) => {
  report(value)
  return value
}

const failing = (report: (error: unknown) => void) => (error: unknown) => {
  report(error)
  throw error
}

/** Calls `report` when `ready` allows it. */
export function whenReady(
  report: (what: unknown) => unknown,
  ready: EndReady | undefined,
): (what: unknown) => unknown {
  if (!ready) return report
  return what => {
    const waiting = ready()
    return waiting ? waiting.then(() => report(what)) : report(what)
  }
}

/**
 * Like `then` of a plain promise, but copies own properties of the application (a `cancel`, a process) to the result. `onError`
 * must rethrow, so that an unhandled rejection is still reported.
 */
export function thenKeepingProperties(
  promise: Promise<unknown>,
  onValue: (value: unknown) => unknown,
  onError: (error: unknown) => unknown,
): Promise<unknown> {
  const watched = promise.then(onValue, onError)
  for (const name of Object.getOwnPropertyNames(promise)) copyProperty(promise, watched, name)
  return watched
}

function copyProperty(from: object, to: object, name: string): void {
  const descriptor = Object.getOwnPropertyDescriptor(from, name)
  if (descriptor) Object.defineProperty(to, name, descriptor)
}

type Method = (...args: unknown[]) => unknown
type Methods = Partial<Record<'then' | 'catch' | 'finally', Method>>

// A promise of a subclass may start its work only when awaited, so it is not awaited here. Instead `then`, `catch` and `finally`
// are each replaced, and call their originals.
function watchThenable(
  thenable: PromiseLike<unknown>,
  onValue: (value: unknown) => void,
  onError: (error: unknown) => void,
  inside: Inside,
): void {
  let isKnown = false
  const within: Inside = work => (isKnown ? work() : inside(work))
  const handlersOf = inside === run ? (args: unknown[]) => args : outside
  const once =
    (report: (what: unknown) => void, next?: unknown, otherwise: Method = what => what) =>
    (what: unknown) => {
      if (!isKnown) {
        isKnown = true
        report(what)
      }
      return typeof next === 'function' ? next(what) : otherwise(what)
    }
  const derived = (result: unknown) =>
    isThenable(result) && result !== thenable
      ? whenSettledInside(result, once(onValue), once(onError), inside)
      : result

  const methods = thenable as object as Methods
  cover(methods, 'then', (original, args) => {
    const [onFulfilled, onRejected, ...rest] = handlersOf(args)
    return within(() =>
      original.call(thenable, once(onValue, onFulfilled), once(onError, onRejected, rethrow), ...rest),
    )
  })
  cover(methods, 'catch', (original, args) => {
    const handlers = handlersOf(args)
    const handler = handlers.at(-1)
    const seeing = typeof handler === 'function' ? [...handlers.slice(0, -1), once(onError, handler)] : args
    return derived(within(() => original.apply(thenable, seeing)))
  })
  cover(methods, 'finally', (original, args) =>
    derived(within(() => original.apply(thenable, handlersOf(args)))),
  )
}

/** Handlers of the consumer, which run in the consumer's frame. */
function outside(handlers: readonly unknown[]): unknown[] {
  const frame = currentFrame()
  return handlers.map(handler =>
    typeof handler === 'function'
      ? (...args: unknown[]) => runInFrame(frame, () => handler(...args))
      : handler,
  )
}

const rethrow = (error: unknown) => {
  throw error
}

function cover(
  methods: Methods,
  name: keyof Methods,
  call: (original: Method, args: unknown[]) => unknown,
): void {
  const original = methods[name]
  // The built-in `catch` and `finally` call `then`.
  if (typeof original !== 'function' || (name !== 'then' && original === Promise.prototype[name])) return
  const value = (...args: unknown[]) => call(original, args)
  Reflect.defineProperty(methods, name, { value, configurable: true, writable: true, enumerable: false })
}

/**
 * Calls `fn` and reports how it ended, even if it throws synchronously; passes on its result.
 *
 * @param inside runs the work of a lazy thenable that it returns. Default: the caller's frame
 */
export function watchCall<T>(
  fn: () => T,
  onValue: (value: Awaited<T>) => void,
  onError: (error: unknown) => void,
  inside: Inside = run,
): T {
  let result: T
  try {
    result = fn()
  } catch (error) {
    onError(error)
    throw error
  }
  return whenSettledInside(result, onValue, onError, inside)
}

/**
 * `watchCall` for the steps of an iteration, with shared parts created once. A step's promise is passed on without own
 * properties, because it has none.
 */
export function stepWatcher(
  onValue: (value: unknown) => void,
  onError: (error: unknown) => void,
): (step: () => unknown) => unknown {
  const pass = passing(onValue)
  const fail = failing(onError)
  return step => {
    let result: unknown
    try {
      result = step()
    } catch (error) {
      onError(error)
      throw error
    }
    return isPlainPromise(result) ? result.then(pass, fail) : whenSettled(result, onValue, onError)
  }
}
