import { stepWatcher } from '../ambient/observe-promise.ts'

/** How an iteration ended: completed, failed, stopped by its consumer (`break`), or never consumed. */
export type IterationEnd =
  | { readonly status: 'ok'; readonly returned: unknown }
  | { readonly status: 'error'; readonly error: unknown }
  | { readonly status: 'cancelled' }
  | { readonly status: 'abandoned' }

/** Observes an iteration. Neither `chunk` nor `end` may throw; none of the three may hold a reference to the iterated object. */
export interface IterationObserver {
  /** Runs one step of the code that produces the chunks. */
  step<T>(run: () => T): T
  /** Not called after `end`. */
  chunk(value: unknown): void
  /** Called exactly once. */
  end(how: IterationEnd): void
}

interface Steps {
  next(...sent: unknown[]): unknown
  return?(...sent: unknown[]): unknown
  throw?(...sent: unknown[]): unknown
}

interface Tap {
  readonly observer: IterationObserver
  readonly ending: Ending
  /** The iterator and its owner: while one is in use, so is the other. */
  readonly owners: WeakMap<Steps, object>
}

/** True for async iterables, and for generator objects of both kinds. */
export function isIteration(value: unknown): value is AsyncIterable<unknown> | Generator | AsyncGenerator {
  if (typeof value !== 'object' || value === null) return false
  try {
    const candidate = value as { [Symbol.asyncIterator]?: unknown }
    return typeof candidate[Symbol.asyncIterator] === 'function' || isGenerator(value)
  } catch {
    return false
  }
}

/** True for the generator objects of `function*`. */
export function isGenerator(value: unknown): value is Generator {
  return Object.prototype.toString.call(value) === '[object Generator]' && hasSteps(value)
}

const hasSteps = (value: unknown): value is Steps =>
  typeof value === 'object' && value !== null && typeof (value as Partial<Steps>).next === 'function'

/**
 * Reports every chunk and the end of an iteration. The object keeps its identity and all other methods; chunks pass unchanged.
 * Only use through its iterator is observed; a frozen object is immediately reported as abandoned.
 *
 * If `ending` is given, it receives the end instead of `observer`. Only `ending` is kept beyond the iteration, so pass one if the
 * observer references code that may reference the iterated object.
 */
export function tapIteration<T extends object>(
  target: T,
  observer: IterationObserver,
  ending: Pick<IterationObserver, 'end'> = observer,
): T {
  const tap: Tap = { observer, ending: new Ending(ending), owners: new WeakMap() }
  if (!Object.isExtensible(target)) {
    tap.ending.end({ status: 'abandoned' })
    return target
  }
  if (hasSteps(target)) tapSteps(target, target, tap)
  if (typeof (target as Partial<AsyncIterable<unknown>>)[Symbol.asyncIterator] === 'function')
    tapIterable(target as object as AsyncIterable<unknown>, tap)
  tap.ending.expect(target)
  return target
}

// Notices iterations that were not read to their end.
const unread = new FinalizationRegistry<Ending>(ending => ending.end({ status: 'abandoned' }))

/** Reports the end of an iteration once. */
export class Ending {
  #toTell: Pick<IterationObserver, 'end'> | undefined

  constructor(toTell: Pick<IterationObserver, 'end'>) {
    this.#toTell = toTell
  }

  get isOver(): boolean {
    return this.#toTell === undefined
  }

  /** Reports `target` as abandoned if it is garbage-collected before its end was reported. */
  expect(target: object): void {
    unread.register(target, this)
  }

  end(how: IterationEnd): void {
    const toTell = this.#toTell
    // Cleared: it may reference the iterated object, which the registry must not keep alive.
    this.#toTell = undefined
    toTell?.end(how)
  }
}

function tapIterable(iterable: AsyncIterable<unknown>, tap: Tap): void {
  const original = iterable[Symbol.asyncIterator]
  define(iterable, Symbol.asyncIterator, function (this: AsyncIterable<unknown>) {
    const steps = tap.observer.step(() => original.call(this))
    if (hasSteps(steps) && !tap.owners.has(steps)) tapSteps(steps, iterable, tap)
    return steps
  })
}

function tapSteps(steps: Steps, owner: object, tap: Tap): void {
  const { observer, ending, owners } = tap
  owners.set(steps, owner)
  const { next, return: finish = finishNothing, throw: raise } = steps
  const fail = (error: unknown) => ending.end({ status: 'error', error })
  const watched = (method: (...sent: unknown[]) => unknown, onStep: (step: unknown) => void) => {
    const watch = stepWatcher(onStep, fail)
    return (...sent: unknown[]) => {
      // Referenced here so that the steps keep their owner alive: a stream that is still read must not count as abandoned.
      owners.get(steps)
      const run = () => method.apply(steps, sent)
      return watch(() => observer.step(run))
    }
  }
  const onStep = (step: unknown) => {
    const { done, value } = (step ?? {}) as Partial<IteratorResult<unknown>>
    if (done) ending.end({ status: 'ok', returned: value })
    else if (!ending.isOver) observer.chunk(value)
  }
  const onReturn = (step: unknown) => {
    // A generator may continue to yield in its `finally`.
    if ((step as { done?: unknown } | undefined)?.done === false) onStep(step)
    else ending.end({ status: 'cancelled' })
  }
  define(steps, 'next', watched(next, onStep))
  if (raise) define(steps, 'throw', watched(raise, onStep))
  define(steps, 'return', watched(finish, onReturn))
}

// Fallback for iterators without `return()`: a loop that stops early gets the result that it would have assumed.
const finishNothing = (value: unknown) => Promise.resolve({ done: true, value })

function define(target: object, name: PropertyKey, value: unknown): void {
  const { enumerable = false } = Object.getOwnPropertyDescriptor(target, name) ?? {}
  Reflect.defineProperty(target, name, { value, configurable: true, writable: true, enumerable })
}
