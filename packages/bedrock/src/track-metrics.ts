import { consoleLogger, type TokenUsage } from '@runtape/core'
import { warnOfUnknownUsage } from '@runtape/core/internal'
import { usageFromBedrock } from './usage.ts'

/** The part of a tracker that is needed here: a tracker of `@runtape/tracker`, or of an AI config. */
export interface MetricsTracker {
  trackMetricsOf<T>(
    extract: (result: Awaited<T>) => { success?: boolean; usage?: TokenUsage },
    fn: () => T,
  ): T
}

/**
 * Runs `fn` and tracks duration, outcome and tokens of the Converse answer that it gives; when it throws, duration and
 * error, and the error goes on. A second call runs `fn` again and records only what is not recorded yet. What `fn`
 * gives is passed on as it is. It needs no instrumented client; a stream has no usage to read: use `tracker.run`.
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
  return tracker.trackMetricsOf(metricsOf, fn)
}

const source = { call: 'trackBedrockConverseMetrics', host: 'Bedrock' }

function metricsOf(answer: unknown): { success: boolean; usage?: TokenUsage } {
  const { usage } = (answer ?? {}) as { usage?: unknown }
  const tokens = usageFromBedrock(usage)
  if (!tokens && usage) warnOfUnknownUsage({ ...source, told: usage }, consoleLogger)
  return { success: true, ...(tokens && { usage: tokens }) }
}
