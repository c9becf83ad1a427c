import { messageOf, realTimers } from '@runtape/core/internal'
import type { Store } from '@runtape/core/store'
import type { IsolatedItem, ReplayItem } from '@runtape/replay'
import { type FoundBeside, failure, type IsolatedItems, starter, stopOf } from './isolate-items.ts'
import { graceMs, type ItemProcess, type Place } from './item-process.ts'
import { decodeItem } from './messages.ts'

/** Replays all items concurrently in one other process. If it ends, its items fail, and the next item starts a new process. */
export function shareProcess(store: Store, found: FoundBeside, place: Place): IsolatedItems {
  const begin = starter(store, found, place)
  let child = begin()
  const isolate = async (item: IsolatedItem): Promise<ReplayItem> => {
    if (child.hasEnded) child = begin()
    const release = stopWith(item, child)
    try {
      await child.loaded
      return decodeItem((await child.run(item)).item)
    } catch (error) {
      throw (await stopOf(item, error)) ?? failure(item, error)
    } finally {
      release()
    }
  }
  return { isolate, ready: () => child.loaded, over: () => child.end() }
}

/** Stops the process when the replay stops. Call the returned function when the item ends. */
function stopWith({ signal }: IsolatedItem, child: ItemProcess): () => void {
  let kill: NodeJS.Timeout | undefined
  const onAbort = () => {
    child.stop(messageOf(signal.reason))
    kill = realTimers.setTimeout(() => child.kill(), graceMs)
  }
  if (signal.aborted) onAbort()
  else signal.addEventListener('abort', onAbort)
  return () => {
    realTimers.clearTimeout(kill)
    signal.removeEventListener('abort', onAbort)
  }
}
