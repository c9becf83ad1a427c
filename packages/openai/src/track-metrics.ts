import { consoleLogger, type TokenUsage } from '@runtape/core'
import { warnOfUnknownUsage } from '@runtape/core/internal'
import { usageFromOpenAI } from './usage.ts'

/** The part of a tracker that is needed here: a tracker of `@runtape/tracker`, or of an AI config. */
export interface MetricsTracker {
  trackMetricsOf<T>(
    extract: (result: Awaited<T>) => { success?: boolean; usage?: TokenUsage },
    fn: () => T,
  ): T
}

/**
 * Runs `fn` and tracks duration, outcome and tokens of the answer that it gives; when it throws, duration and
 * error, and the error goes on. A second call runs `fn` again and records only what is not recorded yet. What `fn`
 * gives is passed on as it is. It needs no instrumented client; a stream has no usage to read: use `tracker.run`.
 *
 * @example
 * ```ts
 * import { trackOpenAIMetrics } from '@runtape/openai'
 * import { createTracker } from '@runtape/tracker'
 * import OpenAI from 'openai'
 *
 * const sink = { append: console.log, flush: async () => {}, close: async () => {} }
 * const tracker = createTracker({ sink, configKey: 'greeting' })
 * const reply = await trackOpenAIMetrics(tracker, () =>
 *   new OpenAI().chat.completions.create({ model: 'gpt-5-mini', messages: [{ role: 'user', content: 'Hi' }] }),
 * )
 * ```
 */
export function trackOpenAIMetrics<T>(tracker: MetricsTracker, fn: () => T): T {
  return tracker.trackMetricsOf(metricsOf, fn)
}

const source = { call: 'trackOpenAIMetrics', host: 'the host of its client' }

function metricsOf(answer: unknown): { success?: boolean; usage?: TokenUsage } {
  const { usage, status } = (answer ?? {}) as { usage?: unknown; status?: unknown }
  const tokens = usageFromOpenAI(usage)
  if (!tokens && usage) warnOfUnknownUsage({ ...source, told: usage }, consoleLogger)
  return { success: status !== 'failed', ...(tokens && { usage: tokens }) }
}
