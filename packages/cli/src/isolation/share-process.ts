import type { Payload } from '@runtape/core'
import type { Store } from '@runtape/core/store'
import type { IsolatedItem } from '@runtape/replay'
import { type FoundBeside, type IsolatedItems, isolateItems, starter } from './isolate-items.ts'
import { type ItemProcess, type Launch, ProcessEnded } from './item-process.ts'
import { decodeItem, type Loaded } from './messages.ts'
import type { Ran } from './running-items.ts'
import { endInTime, failure, loadedInTime, stopOf } from './time-limits.ts'

/**
 * Replays all items concurrently in one other process. If it ends, or one of its items never yields, each of its items is replayed
 * again in a separate process, because it is unknown which one is to blame. The next item starts a new shared process.
 */
export function shareProcess(store: Store, found: FoundBeside, launch: Launch): IsolatedItems {
  const begin = starter(store, found, launch)
  let alone: IsolatedItems | undefined
  let child = begin()
  const again = async (item: IsolatedItem, { key = '' }: Loaded) => {
    // What the lost replay of it spent is unknown.
    item.onSpend({ key, nanoUsd: null, reason: 'the process of its item ended before it told what it spent' })
    alone ??= isolateItems(store, found, launch)
    // Without spare processes.
    return alone.run({ ...item, left: 0 })
  }
  const run = async (item: IsolatedItem): Promise<Payload> => {
    if (child.hasEnded) child = begin()
    const used = child
    const { loaded } = used
    try {
      const ran = await runIn(used, item)
      found.outsideOf?.(used.pid, ran.outsideSoFar)
      return ran.item
    } catch (error) {
      if (error instanceof ProcessEnded && !item.signal.aborted) return again(item, await loaded)
      throw error
    }
  }
  return {
    isolate: async item => decodeItem(await run(item)),
    run,
    ready: () => loadedInTime(child),
    over: () => {
      alone?.over()
      child.end()
    },
  }
}

/** @throws {ProcessEnded} if it ends for another reason than a stop of the replay */
async function runIn(child: ItemProcess, item: IsolatedItem): Promise<Ran> {
  const end = endInTime(child, item)
  try {
    await child.loaded
    end.begin()
    return await child.run(item)
  } catch (error) {
    const stop = await stopOf(item, error)
    throw stop ?? (error instanceof ProcessEnded ? error : failure(item, error))
  } finally {
    end.clear()
  }
}
