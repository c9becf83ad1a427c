import { isThenable, type Logger, messageOf, warnSafely } from '@runtape/core'
import pLimit from 'p-limit'
import { withGrace } from './grace.ts'
import type { ReplayOptions } from './options.ts'
import { type ReplayItem, SummaryTally } from './report.ts'
import { runAttempts } from './run-attempts.ts'
import { emptyItem, type ItemPlan } from './run-item.ts'
import type { ReplaySource } from './source.ts'

const defaultConcurrency = 10

/** What has become of the items. */
export interface RanItems {
  /** Those that were begun, in the order of the sources; of items that are not kept, what their place in the store takes. */
  readonly items: readonly ReplayItem[]
  readonly tally: SummaryTally
}

/** Replays all of them, so many at once. */
export async function runItems(
  plan: ItemPlan,
  sources: readonly ReplaySource[],
  options: ReplayOptions,
): Promise<RanItems> {
  const { maxConcurrency = defaultConcurrency, onProgress, keepItems = true } = options
  const onItem = options.onItem?.bind(options)
  const limit = pLimit(maxConcurrency ?? Math.max(sources.length, 1))
  const tally = new SummaryTally()
  let done = 0
  const run = async (source: ReplaySource) => {
    if (plan.signal.aborted) return undefined
    const item = await runAttempts(plan, source)
    tally.add(item)
    done++
    if (onProgress)
      void tell(plan.logger, 'onProgress', () => onProgress({ done, total: sources.length, item }))
    if (onItem) await takeItem(plan, item, () => onItem(item))
    return keepItems ? item : withoutValues(item)
  }
  const ran = await Promise.all(sources.map(source => limit(run, source)))
  return { items: ran.filter(item => item !== undefined), tally }
}

function withoutValues({ sourceTraceId, traceId, error, same }: ReplayItem): ReplayItem {
  return { ...emptyItem({ traceId: sourceTraceId }), traceId, error, same }
}

// The application may not take it at all when the replay was stopped.
async function takeItem({ logger, signal }: ItemPlan, { sourceTraceId }: ReplayItem, take: () => unknown) {
  const what = `onItem to take the replay of trace ${sourceTraceId}`
  await withGrace(signal, tell(logger, 'onItem', take), what, error => warnSafely(logger, error.message))
}

/** Resolves when the application has taken it. */
async function tell(logger: Logger, what: string, report: () => unknown): Promise<void> {
  try {
    const told = report()
    if (isThenable(told)) await told
  } catch (error) {
    warnSafely(logger, `${what} threw: ${messageOf(error)}. The replay goes on.`)
  }
}
