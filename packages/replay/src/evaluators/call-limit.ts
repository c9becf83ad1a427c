import { RuntapeError } from '@runtape/core'
import pLimit from 'p-limit'

/** Makes a call when the limit allows it. */
export type CallLimit = <T>(call: () => T | Promise<T>, signal: AbortSignal | undefined) => Promise<T>

/**
 * Limits concurrent calls; the others wait in order. An aborted call rejects immediately with the signal's reason: if it waits,
 * it is never made. If it runs, its place goes to the next call, because it may never end.
 *
 * @throws {RuntapeError} `invalid-option` for an invalid limit
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
