import { type MetricsTracker, metricsOf } from '@runtape/provider'
import { usageFromAnthropic } from './usage.ts'

/**
 * Runs `fn` and tracks duration, outcome and tokens of the message that it returns. If it throws, tracks duration and error, and
 * rethrows. A second call runs `fn` again and records only what is not yet recorded. The result of `fn` is returned unchanged.
 * Needs no instrumented client. Streams have no usage to read: use `tracker.run`, or return the `finalMessage()` of
 * `messages.stream()`.
 *
 * @example
 * ```ts
 * import Anthropic from '@anthropic-ai/sdk'
 * import { trackAnthropicMetrics } from '@runtape/anthropic'
 * import { createTracker } from '@runtape/tracker'
 *
 * const sink = { append: console.log, flush: async () => {}, close: async () => {} }
 * const tracker = createTracker({ sink, configKey: 'greeting' })
 * const messages = [{ role: 'user' as const, content: 'Hi' }]
 * const reply = await trackAnthropicMetrics(tracker, () =>
 *   new Anthropic().messages.create({ model: 'claude-haiku-4-5', max_tokens: 100, messages }),
 * )
 * ```
 */
export function trackAnthropicMetrics<T>(tracker: MetricsTracker, fn: () => T): T {
  return tracker.trackMetricsOf(metrics, fn)
}

const metrics = metricsOf({
  call: 'trackAnthropicMetrics',
  host: "the client's host",
  usageOf: usageFromAnthropic,
})
