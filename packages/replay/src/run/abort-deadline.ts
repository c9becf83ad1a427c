import { RuntapeError } from '@runtape/core'
import { messageOf, realTimers } from '@runtape/core/internal'
import { whenStuck } from '../process/stuck.ts'

/** How long a store or the application may still take after the replay was stopped, in milliseconds. */
const graceMs = 5000

/**
 * The result of a promise. Waiting ends some seconds after the signal: a store that never responds must not block a stopped
 * replay. It also ends when the process has nothing left to do.
 *
 * @param what the awaited work: `the store to complete test run 1`
 * @param giveUp returns the result to use instead, or throws
 */
export async function withAbortDeadline<T>(
  signal: AbortSignal,
  work: Promise<T>,
  what: string,
  giveUp: (error: Error) => T = fail,
): Promise<T> {
  const { promise: over, resolve } = Promise.withResolvers<Error>()
  let timer: NodeJS.Timeout | undefined
  const onAbort = () => {
    timer = realTimers.setTimeout(() => resolve(gaveUp(what, signal)), graceMs)
  }
  const notStuck = whenStuck(() => resolve(stuckError(what)))
  if (signal.aborted) onAbort()
  else signal.addEventListener('abort', onAbort)
  try {
    return await Promise.race([work, over.then(giveUp)])
  } finally {
    notStuck()
    realTimers.clearTimeout(timer)
    signal.removeEventListener('abort', onAbort)
  }
}

const fail = (error: Error): never => {
  throw error
}

function gaveUp(what: string, { reason }: AbortSignal): RuntapeError {
  const why = messageOf(reason).replace(/\.$/, '')
  return new RuntapeError(
    'replay-stopped',
    `The replay waited ${graceMs / 1000} s for ${what} when it was stopped, and gave up. Reason for stopping: ${why}.`,
    { cause: reason },
  )
}

function stuckError(what: string): RuntapeError {
  return new RuntapeError(
    'replay-stopped',
    `The replay waits for ${what}, which cannot happen: the process has nothing left to do.`,
  )
}
