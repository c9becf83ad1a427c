import { AsyncLocalStorage } from 'node:async_hooks'
import type { Logger } from '@runtape/core'
import { type AmbientFrame, isThenable, messageOf, runInFrame, warnSafely } from '@runtape/core/internal'
import { type ReplayItem, SummaryTally } from '../../report.ts'
import type { ReplaySource } from '../../select/source.ts'
import { withAbortDeadline } from '../abort-deadline.ts'
import type { ItemPlan } from './item-plan.ts'
import type { RanItem } from './ran-item.ts'
import { runAttempts } from './run-attempts.ts'
import { SlowItems } from './slow-items.ts'

/** Results of the items. */
export interface RanItems {
  /** The started items, in the order of the sources. */
  readonly items: readonly RanItem[]
  readonly tally: SummaryTally
}

/** Replays all of them, with limited concurrency. */
export async function runItems(plan: ItemPlan, sources: readonly ReplaySource[]): Promise<RanItems> {
  const { maxConcurrency, onProgress, onItem, keepItems } = plan
  const tally = new SummaryTally()
  const ran: (RanItem | undefined)[] = Array.from(sources, () => undefined)
  plan.waiting.count = sources.length
  const slow = new SlowItems(plan.logger)
  let done = 0
  const run = async (source: ReplaySource) => {
    await plan.spending.settled(plan.signal)
    if (plan.signal.aborted || plan.spending.isStopped) return undefined
    plan.waiting.count--
    const ended = slow.watch(source.traceId)
    const item = await plan.spending.whileRunning(() => runAttempts(plan, source)).finally(ended)
    if (!item) return undefined
    tally.add(item)
    plan.reached.add(item)
    done++
    const frame = takeFrame(plan, item)
    const progress = { done, total: sources.length, item }
    if (onProgress) void tell(plan.logger, 'onProgress', () => runInFrame(frame, () => onProgress(progress)))
    if (onItem) await takeItem(plan, item, () => runInFrame(frame, () => onItem(item)))
    return keepItems ? item : { traceId: item.traceId, error: item.error, outcome: item.outcome }
  }
  // Taken one by one, so that nothing is created for waiting items. An item's changes to the async context end with it.
  const left = sources.entries()
  const apart = AsyncLocalStorage.snapshot()
  const lane = async () => {
    for (const [place, source] of left) ran[place] = await apart(run, source)
  }
  await Promise.all(Array.from({ length: Math.min(maxConcurrency ?? sources.length, sources.length) }, lane))
  return { items: ran.filter(item => item !== undefined), tally }
}

/** The frame of the item's first attempt. */
function takeFrame({ frames }: ItemPlan, { traceId, attempts = [] }: ReplayItem): AmbientFrame | undefined {
  const frame = frames.get(traceId ?? '')
  for (const each of [{ traceId }, ...attempts]) frames.delete(each.traceId ?? '')
  return frame
}

// The application may never take it after the replay was stopped.
async function takeItem({ logger, signal }: ItemPlan, { sourceTraceId }: ReplayItem, take: () => unknown) {
  const what = `onItem to take the replay of trace ${sourceTraceId}`
  await withAbortDeadline(signal, tell(logger, 'onItem', take), what, error =>
    warnSafely(logger, error.message),
  )
}

/** Resolves when the application has taken it. */
async function tell(logger: Logger, what: string, report: () => unknown): Promise<void> {
  try {
    const told = report()
    if (isThenable(told)) await told
  } catch (error) {
    warnSafely(logger, `${what} threw: ${messageOf(error)}. The replay continues.`)
  }
}
