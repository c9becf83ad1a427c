import { watchCall } from './settle.ts'

/** How an iteration ended: by itself, by an error, by its consumer (`break`), or by never being consumed. */
export type IterationEnd =
  | { readonly status: 'ok'; readonly returned: unknown }
  | { readonly status: 'error'; readonly error: unknown }
  | { readonly status: 'cancelled' }
  | { readonly status: 'abandoned' }

/** Watches an iteration. Neither `chunk` nor `end` may throw; none of the three may hold on to the iterated object. */
export interface IterationObserver {
  /** Runs one step of the code that makes the chunks. */
  step<T>(run: () => T): T
  chunk(value: unknown): void
  /** Called exactly once. */
  end(how: IterationEnd): void
}

interface Steps {
  next(...sent: unknown[]): unknown
  return?(value?: unknown): unknown
  throw?(error?: unknown): unknown
}

// Notices streams that nobody ever read to their end.
const unread = new FinalizationRegistry<() => void>(abandon => abandon())

/** True for async iterables, and for generator objects of both kinds. */
export function isIteration(value: unknown): value is AsyncIterable<unknown> | Generator | AsyncGenerator {
  if (typeof value !== 'object' || value === null) return false
  const candidate = value as { [Symbol.asyncIterator]?: unknown }
  return typeof candidate[Symbol.asyncIterator] === 'function' || isGenerator(value)
}

/** True for the generator objects of `function*`. */
export function isGenerator(value: unknown): value is Generator {
  return Object.prototype.toString.call(value) === '[object Generator]'
}

/**
 * Reports every chunk and the one end of an iteration. The object stays the very same one, with all its other
 * methods; chunks pass through as they are.
 */
export function tapIteration<T extends object>(target: T, observer: IterationObserver): T {
  const end = onlyOnce(observer)
  if (typeof (target as Partial<Steps>).next === 'function') tapSteps(target as Steps, observer, end)
  else tapIterable(target as AsyncIterable<unknown>, observer, end)
  unread.register(target, () => end({ status: 'abandoned' }))
  return target
}

function onlyOnce(observer: IterationObserver): (how: IterationEnd) => void {
  let ended = false
  return how => {
    if (ended) return
    ended = true
    observer.end(how)
  }
}

function tapIterable(
  iterable: AsyncIterable<unknown>,
  observer: IterationObserver,
  end: (how: IterationEnd) => void,
): void {
  const original = iterable[Symbol.asyncIterator]
  define(iterable, Symbol.asyncIterator, function (this: AsyncIterable<unknown>) {
    const steps = observer.step(() => original.call(this)) as unknown as Steps
    tapSteps(steps, observer, end)
    return steps
  })
}

function tapSteps(steps: Steps, observer: IterationObserver, end: (how: IterationEnd) => void): void {
  const { next, return: finish, throw: raise } = steps
  const onStep = (step: unknown) => {
    const { done, value } = step as IteratorResult<unknown>
    if (done) end({ status: 'ok', returned: value })
    else observer.chunk(value)
  }
  const fail = (error: unknown) => end({ status: 'error', error })
  const advance = (method: (...sent: unknown[]) => unknown) =>
    function (this: unknown, ...sent: unknown[]) {
      return watchCall(() => observer.step(() => method.apply(steps, sent)), onStep, fail)
    }
  define(steps, 'next', advance(next))
  if (raise) define(steps, 'throw', advance(raise))
  if (finish) {
    define(steps, 'return', (value: unknown) =>
      watchCall(
        () => observer.step(() => finish.call(steps, value)),
        () => end({ status: 'cancelled' }),
        fail,
      ),
    )
  }
}

function define(target: object, name: PropertyKey, value: unknown): void {
  Object.defineProperty(target, name, { value, configurable: true, writable: true, enumerable: false })
}
