import { type MetricsTracker, metricsOf } from '@runtape/provider'
import { usageFromBedrock } from './usage.ts'

/**
 * Runs `fn` and tracks duration, outcome and tokens of the Converse answer that it returns. If it throws, tracks duration and
 * error, and rethrows. A second call runs `fn` again and records only what is not yet recorded. The result of `fn` is returned
 * unchanged. Needs no instrumented client. Streams have no usage to read: use `tracker.run`.
 *
 * @example
 * ```ts
 * import { BedrockRuntimeClient, ConverseCommand } from '@aws-sdk/client-bedrock-runtime'
 * import { trackBedrockConverseMetrics } from '@runtape/bedrock'
 * import { createTracker } from '@runtape/tracker'
 *
 * const sink = { append: console.log, flush: async () => {}, close: async () => {} }
 * const tracker = createTracker({ sink, configKey: 'greeting' })
 * const messages = [{ role: 'user' as const, content: [{ text: 'Hi' }] }]
 * const reply = await trackBedrockConverseMetrics(tracker, () =>
 *   new BedrockRuntimeClient().send(new ConverseCommand({ modelId: 'amazon.nova-lite-v1:0', messages })),
 * )
 * ```
 */
export function trackBedrockConverseMetrics<T>(tracker: MetricsTracker, fn: () => T): T {
  return tracker.trackMetricsOf(metrics, fn)
}

const metrics = metricsOf({
  call: 'trackBedrockConverseMetrics',
  host: 'Bedrock',
  usageOf: usageFromBedrock,
})
