import { fieldsOf, type MetricsTracker, metricsOf } from '@runtape/provider'
import { usageFromOpenAI } from './usage.ts'

/**
 * Runs `fn` and tracks duration, outcome and tokens of the answer that it returns. If it throws, tracks duration and error, and
 * rethrows. A second call runs `fn` again and records only what is not yet recorded. The result of `fn` is returned unchanged.
 * Needs no instrumented client. Streams have no usage to read: use `tracker.run`.
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
  return tracker.trackMetricsOf(metrics, fn)
}

const metrics = metricsOf({
  call: 'trackOpenAIMetrics',
  host: "the client's host",
  usageOf: usageFromOpenAI,
  failed: answer => fieldsOf(answer).status === 'failed',
})
