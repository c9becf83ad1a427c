import { RuntapeError } from '@runtape/core'
import { messageOf, realDelay, realTimers } from '@runtape/core/internal'
import type { Store } from '@runtape/core/store'
import type { IsolatedItem, OutsideCall, ReplayItem } from '@runtape/replay'
import { defaultItemTimeoutMs } from '../arguments/replay-flags.ts'
import type { Stray } from '../process/strays.ts'
import { graceMs, type ItemProcess, type Place, ProcessEnded, startItemProcess } from './item-process.ts'
import { decodeItem, type Loaded } from './messages.ts'
import { startReaper } from './reaper.ts'

/** Called with events in an item's process other than the item. */
export interface FoundBeside {
  stray(stray: Stray): void
  warn(message: string): void
  outside(calls: readonly OutsideCall[]): void
}

/** Replays items in other processes. */
export interface IsolatedItems {
  isolate(item: IsolatedItem): Promise<ReplayItem>
  /** What the first process has loaded. */
  ready(): Promise<Loaded>
  /** Ends processes that wait for items. */
  over(): void
}

/**
 * Replays each item in a separate process.
 *
 * @param place where the code to replay is checked out. Default: the command's own code.
 */
export function isolateItems(store: Store, found: FoundBeside, place?: Place): IsolatedItems {
  const begin = starter(store, found, place)
  const spares: ItemProcess[] = []
  const isolate = async (item: IsolatedItem): Promise<ReplayItem> => {
    const child = takeLiving(spares) ?? begin()
    // The next process loads while this one runs. Processes are not reused, because items must not share state.
    if (item.left > spares.length) spares.push(begin())
    const end = endInTime(child, item)
    try {
      await child.loaded
      end.begin()
      const ran = await child.run(item)
      found.outside(ran.outside)
      return decodeItem(ran.item)
    } catch (error) {
      throw end.reason() ?? (await stopOf(item, error)) ?? failure(item, error)
    } finally {
      end.clear()
      child.end()
    }
  }
  return {
    isolate,
    ready: () => {
      const first = begin()
      spares.push(first)
      return first.loaded
    },
    over: () => {
      // Ends like any other process, so that the application's parts stop in order.
      for (const spare of spares.splice(0)) spare.end()
    },
  }
}

export function starter(store: Store, found: FoundBeside, place?: Place): () => ItemProcess {
  const reaper = startReaper()
  return () =>
    startItemProcess(
      {
        store,
        aside: message =>
          message.kind === 'stray' ? found.stray(message.stray) : found.warn(message.message),
        started: reaper.add,
        ended: reaper.remove,
      },
      place,
    )
}

/** A process that ended before its first request says nothing about the next item. */
function takeLiving(spares: ItemProcess[]): ItemProcess | undefined {
  for (let spare = spares.pop(); spare; spare = spares.pop()) if (!spare.hasEnded) return spare
  return undefined
}

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
function endInTime(child: ItemProcess, { source, itemTimeoutMs, signal }: IsolatedItem) {
  let reason: Error | undefined
  const timers: NodeJS.Timeout[] = []
  const killAfter = (ms: number, why: Error) => {
    const kill = () => {
      reason = why
      child.kill()
    }
    timers.push(realTimers.setTimeout(kill, ms))
  }
  killAfter(defaultItemTimeoutMs, loadError(source.traceId))
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

const timeoutError = (traceId: string, timeoutMs: number) =>
  new RuntapeError(
    'replay-stopped',
    `The replay of trace ${traceId} had not ended after ${timeoutMs} ms, and its process was killed: its code never yields. ` +
      'Find out what it does, or raise --timeout (itemTimeoutMs).',
  )

const loadError = (traceId: string) =>
  new RuntapeError(
    'process-end',
    `The process for trace ${traceId} had not loaded the module after ${defaultItemTimeoutMs / 60_000} minutes, and was killed. ` +
      'Find out what the module waits for while it loads: a lock, a port or a file that another process holds.',
  )

export const failure = ({ source }: IsolatedItem, error: unknown) =>
  new RuntapeError(
    'process-end',
    `The replay of trace ${source.traceId} failed in its process: ${messageOf(error).replace(/\.$/, '')}.`,
    { cause: error },
  )
