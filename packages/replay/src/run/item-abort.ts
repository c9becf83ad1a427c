import { RuntapeError } from '@runtape/core'
import { messageOf, realTimers } from '@runtape/core/internal'

/** Ends the wait for one item when its time limit expires, or when the whole replay is stopped. */
export interface ItemAbort {
  /** Resolves with the reason when the item must stop. */
  readonly stopped: Promise<Error>
  /** Aborted at the same time. */
  readonly signal: AbortSignal
  /** Stops it for this reason. */
  stop(reason: Error): void
  /** The result of a promise; rejects with the reason if the item must stop first. */
  within<T>(promise: Promise<T>): Promise<T>
  /** Whether the item is over. */
  readonly isOver: boolean
  /** Call when the item is over. */
  release(): void
}

/** @param uncalled receives answered calls for which it is unknown whether they called their arguments */
export function itemStop(
  sourceTraceId: string,
  timeoutMs: number | undefined,
  signal: AbortSignal | undefined,
  uncalled: readonly string[] = [],
): ItemAbort {
  const { promise, resolve } = Promise.withResolvers<Error>()
  const controller = new AbortController()
  const stop = (reason: Error) => {
    resolve(reason)
    controller.abort(reason)
  }
  const onAbort = () => stop(stoppedError(`The replay of trace ${sourceTraceId}`, signal))
  // Not part of the item's work: code that waits for something that cannot happen is stuck immediately, even with a time limit.
  const timer =
    timeoutMs === undefined
      ? undefined
      : realTimers.setTimeout(() => stop(timeoutError(sourceTraceId, timeoutMs, uncalled)), timeoutMs).unref()
  signal?.addEventListener('abort', onAbort)
  if (signal?.aborted) onAbort()
  let isOver = false
  let failed: Promise<never> | undefined
  return {
    get isOver() {
      return isOver
    },
    stopped: promise,
    signal: controller.signal,
    stop,
    within: work => {
      failed ??= promise.then(fail)
      return Promise.race([work, failed])
    },
    release: () => {
      isOver = true
      realTimers.clearTimeout(timer)
      signal?.removeEventListener('abort', onAbort)
    },
  }
}

const fail = (error: Error): never => {
  throw error
}

/** Reports that the replay was stopped from outside, and why. */
function stoppedError(what: string, signal: AbortSignal | undefined): RuntapeError {
  const cause: unknown = signal?.reason
  return new RuntapeError('replay-stopped', `${what} was stopped: ${messageOf(cause)}.`, { cause })
}

/** Possible causes of an endless wait: functions that the recorded call may have called, but the answer did not. */
export function shownUncalled(uncalled: readonly string[]): string {
  if (uncalled.length === 0) return ''
  return ` The tape does not say whether these calls called their functions: ${uncalled.slice(0, 3).join(', ')}. Declare them with callbacks: 'record', and record again.`
}

function timeoutError(sourceTraceId: string, timeoutMs: number, uncalled: readonly string[]): RuntapeError {
  return new RuntapeError(
    'replay-stopped',
    `The replay of trace ${sourceTraceId} had not ended after ${timeoutMs} ms, and its further calls fail. ` +
      `Find out what it waits for, or raise --timeout (itemTimeoutMs).${shownUncalled(uncalled)}`,
  )
}
