import { type Logger, RuntapeError } from '@runtape/core'
import { messageOf, realDelay, warnSafely } from '@runtape/core/internal'
import type { Store } from '@runtape/core/store'

/** How long a database may be away, such as for a restart. */
const longestMs = 60_000

/** Errors that do not go away: of syntax, privileges, and names. */
const isLasting = (error: unknown): boolean => {
  const { code } = (error ?? {}) as { code?: unknown }
  if (RuntapeError.isInstance(error)) return error.code !== 'store-unusable' || isLasting(error.cause)
  return /^(22|23|28|3D|3F|42)/.test(String(code)) || /does not exist/.test(messageOf(error))
}

/** Repeats work that fails because the database does not respond. The work must do no harm if it is done twice. */
export async function patiently<T>(
  work: () => Promise<T>,
  logger?: Logger,
  signal?: AbortSignal,
): Promise<T> {
  const began = performance.now()
  for (let waitMs = 50; ; waitMs = Math.min(2000, waitMs * 2)) {
    try {
      return await work()
    } catch (error) {
      if (isLasting(error) || signal?.aborted || performance.now() - began > longestMs) throw error
      // One that is back at once is not worth a word.
      if (logger && waitMs > 200)
        warnSafely(logger, `The database does not respond: ${messageOf(error)}. Trying for a minute.`)
      await realDelay(waitMs)
    }
  }
}

/** A store that repeats what failed because the database did not respond: all its writes are idempotent. */
export const patientStore = (store: Store, logger?: Logger): Store =>
  patient(store, logger, new WeakMap()) as Store

function patient(of: object, logger: Logger | undefined, known: WeakMap<object, object>): object {
  const found = known.get(of)
  if (found) return found
  const proxy = new Proxy(of, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name)
      if (typeof value === 'object' && value !== null) return patient(value, logger, known)
      if (typeof value !== 'function' || name === 'close') return bound(value, target)
      return (...args: unknown[]) => patiently(async () => Reflect.apply(value, target, args), logger)
    },
  })
  known.set(of, proxy)
  return proxy
}

const bound = (value: unknown, target: object): unknown =>
  typeof value === 'function' ? value.bind(target) : value
