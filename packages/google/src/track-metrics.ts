import { fieldsOf, type MetricsTracker, metricsOf } from '@runtape/provider'
import { usageFromGoogle } from './usage.ts'

/**
 * Runs `fn` and tracks duration, outcome and tokens of the answer that it returns. If it throws, tracks duration and error, and
 * rethrows. A second call runs `fn` again and records only what is not yet recorded. The result of `fn` is returned unchanged.
 * Needs no instrumented client. Streams have no usage to read: use `tracker.run`.
 *
 * @example
 * ```ts
 * import { GoogleGenAI } from '@google/genai'
 * import { trackGoogleMetrics } from '@runtape/google'
 * import { createTracker } from '@runtape/tracker'
 *
 * const sink = { append: console.log, flush: async () => {}, close: async () => {} }
 * const tracker = createTracker({ sink, configKey: 'greeting' })
 * const google = new GoogleGenAI({ apiKey: 'your key' })
 * const reply = await trackGoogleMetrics(tracker, () =>
 *   google.models.generateContent({ model: 'gemini-flash-latest', contents: 'Hi' }),
 * )
 * ```
 */
export function trackGoogleMetrics<T>(tracker: MetricsTracker, fn: () => T): T {
  return tracker.trackMetricsOf(metrics, fn)
}

const metrics = metricsOf({
  call: 'trackGoogleMetrics',
  host: "the client's host",
  usageOf: usageFromGoogle,
  // An interaction has it under `usage`.
  usageIn: answer => fieldsOf(answer).usageMetadata ?? fieldsOf(answer).usage,
  failed: answer => fieldsOf(answer).status === 'failed',
})
