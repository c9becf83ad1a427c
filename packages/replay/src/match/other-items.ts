import { RuntapeError } from '@runtape/core'
import { messageOf, type ReplayCall } from '@runtape/core/internal'

/** A replay that runs in this process, as the others know it. */
interface RunningItem {
  readonly sourceTraceId: string
  /** Whether its recording has this very call, and it was not made yet. */
  hasUnused(call: ReplayCall): boolean
}

const running = new Set<RunningItem>()
const makers = new WeakMap<Error, RunningItem>()

/** From now on the others know of it, until the returned function is called. */
export function joinItems(item: RunningItem): () => void {
  running.add(item)
  return () => void running.delete(item)
}

/** Keeps that the replay of this item made the error. */
export function madeByItem<E extends Error>(error: E, item: RunningItem): E {
  makers.set(error, item)
  return error
}

/**
 * Why a call that the recording of its item has not may have been made in the frame of the wrong item: that of another
 * one which runs at the same time has it.
 */
export function whyInAnotherItem(call: ReplayCall, item: RunningItem): string | undefined {
  for (const other of running)
    if (other !== item && other.hasUnused(call))
      return (
        `the recording of trace ${other.sourceTraceId}, which is replayed at the same time, has this very call: code that ` +
        'items share, such as a queue or a batching loader, made it in the frame of this one. ' +
        'Replay each item in a process of its own (--isolate), or one at a time (maxConcurrency: 1)'
      )
  return undefined
}

/** The error of an item that failed of what the replay of another one made; `undefined` where it is its own. */
export function errorOfAnotherItem(thrown: unknown, item: RunningItem): RuntapeError | undefined {
  const found = madeElsewhere(thrown, item)
  if (!found) return undefined
  const problem = messageOf(found.error).replace(/\.$/, '')
  return new RuntapeError(
    'replay-miss',
    `This is the error of another item, made by the replay of trace ${found.maker.sourceTraceId}: ${problem}. The code keeps ` +
      'it across items, such as in a promise that is made once. Replay each item in a process of its own (--isolate).',
    { cause: thrown },
  )
}

function madeElsewhere(thrown: unknown, item: RunningItem): { error: Error; maker: RunningItem } | undefined {
  const waiting = [thrown]
  // An application wraps errors a few times at most.
  for (let looks = 0; looks < 20 && waiting.length > 0; looks++) {
    const error = waiting.shift()
    if (!(error instanceof Error)) continue
    const maker = makers.get(error)
    if (maker) return maker === item ? undefined : { error, maker }
    waiting.push(error.cause, ...(error instanceof AggregateError ? error.errors.slice(0, 10) : []))
  }
  return undefined
}
