import { isThenable, type Logger, messageOf, warnSafely } from '@runtape/core'
import pLimit from 'p-limit'
import type { ReplayOptions } from './options.ts'
import type { FinishedItem } from './report.ts'
import { runAttempts } from './run-attempts.ts'
import type { ItemPlan } from './run-item.ts'
import type { ReplaySource } from './source.ts'

const defaultConcurrency = 10

/** Replays all of them, so many at once, and gives those that were begun, in the order of the sources. */
export async function runItems(
  plan: ItemPlan,
  sources: readonly ReplaySource[],
  { maxConcurrency = defaultConcurrency, onProgress }: ReplayOptions,
): Promise<FinishedItem[]> {
  const limit = pLimit(maxConcurrency ?? Math.max(sources.length, 1))
  let done = 0
  const run = async (source: ReplaySource) => {
    if (plan.signal.aborted) return undefined
    const finished = await runAttempts(plan, source)
    done++
    if (onProgress) tell(plan.logger, () => onProgress({ done, total: sources.length, item: finished.item }))
    return finished
  }
  const ran = await Promise.all(sources.map(source => limit(run, source)))
  return ran.filter(finished => finished !== undefined)
}

function tell(logger: Logger, report: () => unknown): void {
  const complain = (error: unknown) =>
    warnSafely(logger, `onProgress threw: ${messageOf(error)}. The replay goes on.`)
  try {
    const told = report()
    if (isThenable(told)) told.then(undefined, complain)
  } catch (error) {
    complain(error)
  }
}
