import type { Store } from '@runtape/core/store'
import type { IsolatedItem, OutsideCall, ReplayItem } from '@runtape/replay'
import type { Stray } from '../process/strays.ts'
import { type ItemProcess, type Place, startItemProcess } from './item-process.ts'
import { decodeItem, type Loaded } from './messages.ts'
import { startReaper } from './reaper.ts'
import { endInTime, failure, loadedInTime, stopOf } from './time-limits.ts'

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
      return loadedInTime(first)
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
