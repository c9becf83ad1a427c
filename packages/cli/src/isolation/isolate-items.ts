import { RuntapeError, type Store } from '@runtape/core'
import { messageOf } from '@runtape/core/internal'
import type { IsolatedItem, OutsideCall, ReplayItem } from '@runtape/replay'
import { graceMs, type ItemProcess, ProcessEnded, startItemProcess } from './item-process.ts'
import { decodeItem } from './messages.ts'

/** Is told what happened in the process of an item beside the item. */
export interface FoundBeside {
  /** How often code that no item called would have ended it. */
  strays(count: number): void
  outside(calls: readonly OutsideCall[]): void
}

/**
 * Replays each item in a process of its own.
 *
 * @param words those that the command was called with
 */
export function isolateItems(words: readonly string[], store: Store, found: FoundBeside) {
  const spares: ItemProcess[] = []
  const isolate = async (item: IsolatedItem): Promise<ReplayItem> => {
    const child = spares.pop() ?? startItemProcess(words, store)
    // Loaded while this one runs. One that has run is never used again: what items share is what is kept apart.
    if (item.left > spares.length) spares.push(startItemProcess(words, store))
    const end = endInTime(child, item)
    try {
      await child.loaded
      end.begin()
      const ran = await child.run({ kind: 'run', source: item.source, testRunId: item.testRunId })
      found.strays(ran.strays)
      found.outside(ran.outside.map(call => ({ ...call, isElsewhere: true })))
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
    over: () => {
      for (const spare of spares.splice(0)) spare.kill()
    },
  }
}

/** How long the stop of a process that a terminal's signal ended may come after that end, in milliseconds. */
const stopDelayMs = 500
const stopSignals: readonly unknown[] = ['SIGINT', 'SIGTERM', 'SIGHUP']

/**
 * The stop of the replay, where it ended the process of the item. A terminal sends its signal to all of them, and one that
 * is still starting has no handler for it.
 */
async function stopOf({ source, signal }: IsolatedItem, error: unknown): Promise<Error | undefined> {
  if (!(error instanceof ProcessEnded) || !stopSignals.includes(error.signal)) return undefined
  const { promise: stopped, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, stopDelayMs)
  if (signal.aborted) resolve()
  else signal.addEventListener('abort', () => resolve(), { once: true })
  await stopped
  clearTimeout(timer)
  if (!signal.aborted) return undefined
  const message = `The replay of trace ${source.traceId} was stopped: ${messageOf(signal.reason)}.`
  return new RuntapeError('replay-stopped', message, { cause: signal.reason })
}

/** Ends a process that does not end its item itself: one that never yields neither hears of a stop nor of its time. */
function endInTime(child: ItemProcess, { source, itemTimeoutMs, signal }: IsolatedItem) {
  let reason: Error | undefined
  const timers: NodeJS.Timeout[] = []
  const killAfter = (ms: number, why: Error) => {
    timers.push(
      setTimeout(() => {
        reason = why
        child.kill()
      }, ms),
    )
  }
  const onAbort = () => {
    const why = messageOf(signal.reason)
    child.stop(why)
    const message = `The replay of trace ${source.traceId} was stopped: ${why}. Its process did not end it, and was ended.`
    killAfter(graceMs, new RuntapeError('replay-stopped', message, { cause: signal.reason }))
  }
  if (signal.aborted) onAbort()
  else signal.addEventListener('abort', onAbort)
  return {
    /** Its time begins. */
    begin: () => {
      if (itemTimeoutMs === undefined) return
      killAfter(itemTimeoutMs + graceMs, timeoutError(source.traceId, itemTimeoutMs))
    },
    reason: () => reason,
    clear: () => {
      for (const timer of timers) clearTimeout(timer)
      signal.removeEventListener('abort', onAbort)
    },
  }
}

const timeoutError = (traceId: string, timeoutMs: number) =>
  new RuntapeError(
    'replay-stopped',
    `The replay of trace ${traceId} had not ended after ${timeoutMs} ms, and its process was ended: its code never yields. ` +
      'See what it does, or raise --timeout (itemTimeoutMs).',
  )

const failure = ({ source }: IsolatedItem, error: unknown) =>
  new RuntapeError(
    'process-end',
    `The replay of trace ${source.traceId} failed in its process: ${messageOf(error)}.`,
    { cause: error },
  )
