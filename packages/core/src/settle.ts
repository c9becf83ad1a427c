type Then = PromiseLike<unknown>['then']

/** True for promises and for anything else that `await` would wait for. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    value !== null &&
    (typeof value === 'object' || typeof value === 'function') &&
    typeof (value as { then?: unknown }).then === 'function'
  )
}

/**
 * Calls `onValue` or `onError`, once, when `result` is known: at once for a plain value. What comes back is what
 * went in: a plain promise stays one whose unhandled rejection is still noticed; any other thenable stays the very
 * same object, and a lazy one is not started. Neither callback may throw.
 */
export function whenSettled<T>(
  result: T,
  onValue: (value: Awaited<T>) => void,
  onError: (error: unknown) => void,
): T {
  if (!isThenable(result)) {
    onValue(result as Awaited<T>)
    return result
  }
  const report = onValue as (value: unknown) => void
  if (Object.getPrototypeOf(result) === Promise.prototype) return watchPromise(result, report, onError) as T
  watchThenable(result, report, onError)
  return result
}

function watchPromise(
  promise: PromiseLike<unknown>,
  onValue: (value: unknown) => void,
  onError: (error: unknown) => void,
): PromiseLike<unknown> {
  return promise.then(
    value => {
      onValue(value)
      return value
    },
    error => {
      onError(error)
      throw error
    },
  )
}

// A promise of a class of its own may do its work only when asked for the result, so it is not asked:
// the three ways of asking are covered instead.
function watchThenable(
  thenable: PromiseLike<unknown>,
  onValue: (value: unknown) => void,
  onError: (error: unknown) => void,
): void {
  if (!Object.isExtensible(thenable)) return onValue(thenable)
  const original = thenable.then as Then
  let settled = false
  const once = (report: () => void) => {
    if (!settled) report()
    settled = true
  }
  const watched = () =>
    original.call(
      thenable,
      value => {
        once(() => onValue(value))
        return value
      },
      error => {
        once(() => onError(error))
        throw error
      },
    ) as Promise<unknown>
  override(thenable, 'then', (onFulfilled, onRejected) => watched().then(onFulfilled, onRejected))
  override(thenable, 'catch', onRejected => watched().then(undefined, onRejected))
  override(thenable, 'finally', onFinally => Promise.resolve(watched()).finally(onFinally as () => void))
}

type Callback = ((value: unknown) => unknown) | undefined | null

function override(target: object, name: string, value: (a: Callback, b: Callback) => unknown): void {
  if (name in target) Object.defineProperty(target, name, { value, configurable: true, writable: true })
}

/** Calls `fn` and reports how it ended, also when it throws before it returns; passes on what it gives. */
export function watchCall<T>(
  fn: () => T,
  onValue: (value: Awaited<T>) => void,
  onError: (error: unknown) => void,
): T {
  let result: T
  try {
    result = fn()
  } catch (error) {
    onError(error)
    throw error
  }
  return whenSettled(result, onValue, onError)
}
