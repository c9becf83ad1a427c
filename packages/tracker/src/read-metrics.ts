import { type Logger, messageOf, type TokenUsage, warnSafely } from '@runtape/core'
import type { RunMetrics } from './run-metrics.ts'
import type { Tracker } from './tracker.ts'

/** What was read from an answer; without a value where it says nothing. */
export interface ReadMetrics {
  readonly success: boolean | undefined
  readonly usage: TokenUsage | undefined
}

const nothing: ReadMetrics = { success: undefined, usage: undefined }

/** Runs an extractor; when it throws, or what it gives does, that is said once and nothing is read. */
export function metricsReader<T>(
  extract: (value: T) => RunMetrics | undefined,
  logger: Logger,
): (value: T) => ReadMetrics {
  let isSaid = false
  return value => {
    try {
      const { success, usage } = extract(value) ?? nothing
      return { success, usage: usage ?? undefined }
    } catch (error) {
      if (!isSaid) warnSafely(logger, explain(error))
      isSaid = true
      return nothing
    }
  }
}

/** Outcome, then tokens. */
export function trackMetrics(tracker: Tracker, metrics: ReadMetrics, failure?: { thrown: unknown }): void {
  if (failure) tracker.trackError(failure.thrown)
  else if (metrics.success === false) tracker.trackError()
  else tracker.trackSuccess()
  if (metrics.usage) tracker.trackTokens(metrics.usage)
}

const explain = (error: unknown) =>
  `The metrics extractor threw: ${messageOf(error)}. The result is passed on; its tokens are not recorded.`
