import type { TokenUsage } from '@runtape/core'
import { addUsage } from '@runtape/core/internal'
import { fieldsOf, type MetricsTracker, metricsOf } from '@runtape/provider'
import { readUsage, tellUsage } from './usage.ts'

/**
 * Runs `fn` and tracks duration, outcome and tokens of its result: of `generateText`, `generateObject`, `embed` and agents, over
 * all steps. If it throws, tracks duration and error, and rethrows. A second call runs `fn` again and records only what is not
 * yet recorded. Needs no middleware. Streams have no usage to read: use `tracker.run`.
 *
 * @example
 * ```ts
 * import { openai } from '@ai-sdk/openai'
 * import { trackAiSdkMetrics } from '@runtape/ai-sdk'
 * import { createTracker } from '@runtape/tracker'
 * import { generateText } from 'ai'
 *
 * const sink = { append: console.log, flush: async () => {}, close: async () => {} }
 * const tracker = createTracker({ sink, configKey: 'greeting' })
 * await trackAiSdkMetrics(tracker, () => generateText({ model: openai('gpt-5-mini'), prompt: 'Hi' }))
 * ```
 */
export function trackAiSdkMetrics<T>(tracker: MetricsTracker, fn: () => T): T {
  return tracker.trackMetricsOf(metrics, fn)
}

const metrics = metricsOf({ call: 'trackAiSdkMetrics', host: 'its model', usageOf: readUsage, usageIn })

/** Nothing is read from a stream: its getters would consume it. */
function usageIn(result: unknown): unknown {
  if (typeof result !== 'object' || result === null) return undefined
  if ('fullStream' in result || 'stream' in result || 'partialObjectStream' in result) return undefined
  const { steps, totalUsage, usage, providerMetadata } = fieldsOf(result)
  if (!Array.isArray(steps)) return tellUsage(totalUsage ?? usage, providerMetadata)
  const told = steps.map(step => tellUsage(step.usage, step.providerMetadata))
  const read = told.map(readUsage).filter(known => known !== undefined)
  return read.length === told.length ? read.reduce<TokenUsage | undefined>(sum, undefined) : told[0]
}

const sum = (a: TokenUsage | undefined, b: TokenUsage): TokenUsage => (a ? addUsage(a, b) : b)
