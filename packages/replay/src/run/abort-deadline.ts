import { RuntapeError } from '@runtape/core'
import { messageOf, realTimers } from '@runtape/core/internal'
import { whenStuck } from '../process/stuck.ts'

/** How long a store, or the application, may still take when the replay was stopped, in milliseconds. */
const graceMs = 5000

/**
 * What a promise gives. When it is not there some seconds after the signal, it is not waited for any longer: a store
 * that never answers holds up nothing that was stopped. Nor is it waited for when the process has nothing left to do.
 *
 * @param what is waited for: `the store to complete test run 1`
 * @param giveUp what is given in its place, if it does not throw
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
