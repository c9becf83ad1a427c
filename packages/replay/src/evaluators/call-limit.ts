import { RuntapeError } from '@runtape/core'
import pLimit from 'p-limit'

/** Makes a call when there is a place for it. */
export type CallLimit = <T>(call: () => T | Promise<T>, signal: AbortSignal | undefined) => Promise<T>

/**
 * At most so many calls at once, the others in the order in which they came. An aborted one rejects at once with the
 * signal's reason: if it waits it is never made, and if it runs its place goes to the next, as it may never end.
 *
 * @throws {RuntapeError} `invalid-option` for a number that is no limit
 */
export function callLimit(maxConcurrency: number | null): CallLimit {
  if (maxConcurrency === null) return async call => call()
  if (!Number.isInteger(maxConcurrency) || maxConcurrency < 1)
    throw new RuntapeError(
      'invalid-option',
      `maxConcurrency must be a whole number, 1 or more, or null for no limit (got ${String(maxConcurrency)}).`,
    )
  const limit = pLimit(maxConcurrency)
  return (call, signal) => {
    const placed = limit(async () => {
      signal?.throwIfAborted()
      return unlessAborted(Promise.resolve(call()), signal)
    })
    return unlessAborted(placed, signal)
  }
}

async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work
  const { promise: aborted, reject } = Promise.withResolvers<never>()
  const onAbort = () => reject(signal.reason as Error)
  signal.addEventListener('abort', onAbort)
  if (signal.aborted) onAbort()
  try {
    return await Promise.race([work, aborted])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}
