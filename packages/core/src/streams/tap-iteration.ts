import { stepWatcher } from '../ambient/observe-promise.ts'

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
  /** Not called any more after `end`. */
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
  /** What is being stepped through, and whose steps they are: as long as the one is in use, so is the other. */
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
 * Reports every chunk and the one end of an iteration. The object stays the very same one, with all its other
 * methods; chunks pass through as they are. Seen is what goes through its iterator; an object that cannot be
 * changed (a frozen one) is at once reported as abandoned.
 *
 * `ending` is told the end in place of `observer` where it is given. It alone is held on to beyond the iteration,
 * so give one where the observer knows code that may know the iterated object.
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

// Notices iterations that were never read to their end.
const unread = new FinalizationRegistry<Ending>(ending => ending.end({ status: 'abandoned' }))

/** Tells the one end of an iteration, once. */
export class Ending {
  #toTell: Pick<IterationObserver, 'end'> | undefined

  constructor(toTell: Pick<IterationObserver, 'end'>) {
    this.#toTell = toTell
  }

  get isOver(): boolean {
    return this.#toTell === undefined
  }

  /** Reported as abandoned when `target` is garbage-collected before the end was reported. */
  expect(target: object): void {
    unread.register(target, this)
  }

  end(how: IterationEnd): void {
    const toTell = this.#toTell
    // Let go: it may know the iterated object, which the registry must not keep.
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
      // Named here so that the steps keep their owner: a stream that is still read must not pass for abandoned.
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
    // A generator may yield on in its `finally`.
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
