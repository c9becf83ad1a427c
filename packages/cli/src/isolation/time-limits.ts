import { RuntapeError } from '@runtape/core'
import { messageOf, realDelay, realTimers } from '@runtape/core/internal'
import type { IsolatedItem } from '@runtape/replay'
import { defaultItemTimeoutMs } from '../arguments/replay-flags.ts'
import { graceMs, type ItemProcess, ProcessEnded } from './item-process.ts'
import type { Loaded } from './messages.ts'

/** Maximum time, in milliseconds, between a process's end by a terminal's signal and the stop of the replay. */
const stopDelayMs = 500
const stopSignals: readonly unknown[] = ['SIGINT', 'SIGTERM', 'SIGHUP']

/**
 * The reason for stopping the replay, if it ended the item's process. A terminal sends its signal to all processes, and one that
 * is still starting has no handler.
 */
export async function stopOf({ source, signal }: IsolatedItem, error: unknown): Promise<Error | undefined> {
  const isSignalled = error instanceof ProcessEnded && stopSignals.includes(error.signal)
  if (isSignalled && !signal.aborted) await aborted(signal)
  if (!signal.aborted) return undefined
  const message = `The replay of trace ${source.traceId} was stopped: ${messageOf(signal.reason)}.`
  return new RuntapeError('replay-stopped', message, { cause: signal.reason })
}

async function aborted(signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  signal.addEventListener('abort', () => resolve(), { once: true })
  await Promise.race([promise, realDelay(stopDelayMs)])
}

/** Kills a process that does not end its item itself: one that never yields sees neither a stop nor its time limit. */
export function endInTime(child: ItemProcess, { source, itemTimeoutMs, signal }: IsolatedItem) {
  let reason: Error | undefined
  const timers: NodeJS.Timeout[] = []
  const killAfter = (ms: number, why: Error) => {
    const kill = () => {
      reason = why
      child.kill()
    }
    timers.push(realTimers.setTimeout(kill, ms))
  }
  killAfter(defaultItemTimeoutMs, loadError(`The process for trace ${source.traceId}`))
  const onAbort = () => {
    const why = messageOf(signal.reason)
    child.stop(why)
    const message = `The replay of trace ${source.traceId} was stopped: ${why}. Its process did not stop, and was killed.`
    killAfter(graceMs, new RuntapeError('replay-stopped', message, { cause: signal.reason }))
  }
  if (signal.aborted) onAbort()
  else signal.addEventListener('abort', onAbort)
  return {
    /** It has loaded the module, and its time limit starts. */
    begin: () => {
      realTimers.clearTimeout(timers.shift())
      if (itemTimeoutMs === undefined) return
      killAfter(itemTimeoutMs + graceMs, timeoutError(source.traceId, itemTimeoutMs))
    },
    reason: () => reason,
    clear: () => {
      for (const timer of timers) realTimers.clearTimeout(timer)
      signal.removeEventListener('abort', onAbort)
    },
  }
}

/** What the process has loaded; a problem if it takes too long. */
export async function loadedInTime(child: ItemProcess): Promise<Loaded> {
  const late = Promise.withResolvers<Loaded>()
  const timer = realTimers.setTimeout(() => {
    child.kill()
    late.resolve({ problem: loadError('Its process').message })
  }, defaultItemTimeoutMs)
  return Promise.race([child.loaded, late.promise]).finally(() => realTimers.clearTimeout(timer))
}

const timeoutError = (traceId: string, timeoutMs: number) =>
  new RuntapeError(
    'replay-stopped',
    `The replay of trace ${traceId} had not ended after ${timeoutMs} ms, and its process was killed: its code never yields. ` +
      'Find out what it does, or raise --timeout (itemTimeoutMs).',
  )

const loadError = (what: string) =>
  new RuntapeError(
    'process-end',
    `${what} had not loaded the module after ${defaultItemTimeoutMs / 60_000} minutes, and was killed. ` +
      'Find out what the module waits for while it loads: a lock, a port or a file that another process holds.',
  )

export const failure = ({ source }: IsolatedItem, error: unknown) =>
  new RuntapeError(
    'process-end',
    `The replay of trace ${source.traceId} failed in its process: ${messageOf(error).replace(/\.$/, '')}.`,
    { cause: error },
  )
