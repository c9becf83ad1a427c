import type { Payload } from '@runtape/core'
import type { Store } from '@runtape/core/store'
import type { IsolatedItem, OutsideCall, ReplayItem } from '@runtape/replay'
import type { Stray } from '../process/strays.ts'
import { type ItemProcess, type Launch, startItemProcess } from './item-process.ts'
import { decodeItem, type Loaded } from './messages.ts'
import { theReaper } from './reaper.ts'
import { endInTime, failure, loadedInTime, stopOf } from './time-limits.ts'

/** Called with events in an item's process other than the item. */
export interface FoundBeside {
  stray(stray: Stray): void
  warn(message: string): void
  outside(calls: readonly OutsideCall[]): void
  /** Receives all calls outside of the items that a process has made until now. */
  outsideOf?(pid: number, calls: readonly OutsideCall[]): void
}

/** Replays items in other processes. */
export interface IsolatedItems {
  isolate(item: IsolatedItem): Promise<ReplayItem>
  /** As `isolate`; returns the item as it came from the process. */
  run(item: IsolatedItem): Promise<Payload>
  /** What the first process has loaded. */
  ready(): Promise<Loaded>
  /** Ends processes that wait for items. */
  over(): void
}

/**
 * Replays each item in a separate process.
 *
 * @param launch how the processes are started. Default: as the command was.
 */
export function isolateItems(store: Store, found: FoundBeside, launch?: Launch): IsolatedItems {
  const begin = starter(store, found, launch)
  const spares: ItemProcess[] = []
  const run = async (item: IsolatedItem): Promise<Payload> => {
    const child = takeLiving(spares) ?? begin()
    // The next process loads while this one runs. Processes are not reused, because items must not share state.
    if (item.left > spares.length) spares.push(begin())
    const end = endInTime(child, item)
    try {
      await child.loaded
      end.begin()
      const ran = await child.run(item)
      found.outside(ran.outside)
      found.outsideOf?.(child.pid, ran.outsideSoFar)
      return ran.item
    } catch (error) {
      throw end.reason() ?? (await stopOf(item, error)) ?? failure(item, error)
    } finally {
      end.clear()
      child.end()
    }
  }
  return {
    isolate: async item => decodeItem(await run(item)),
    run,
    ready: () => {
      const first = begin()
      spares.push(first)
      return loadedInTime(first)
    },
    over: () => {
      // Ends like any other process, so that the application's parts stop in order.
      for (const spare of spares.splice(0)) spare.end()
    },
  }
}

export function starter(store: Store, found: FoundBeside, launch?: Launch): () => ItemProcess {
  const reaper = theReaper()
  return () =>
    startItemProcess(
      {
        store,
        aside: message =>
          message.kind === 'stray' ? found.stray(message.stray) : found.warn(message.message),
        started: reaper.add,
        ended: reaper.remove,
      },
      launch,
    )
}

/** A process that ended before its first request says nothing about the next item. */
function takeLiving(spares: ItemProcess[]): ItemProcess | undefined {
  for (let spare = spares.pop(); spare; spare = spares.pop()) if (!spare.hasEnded) return spare
  return undefined
}
