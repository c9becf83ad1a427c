import { consoleLogger, type TokenUsage } from '@runtape/core'
import { warnOfDoubtfulUsage, warnOfUnknownUsage } from '@runtape/core/internal'
import { readWithDoubts } from './checked-usage.ts'
import { fieldsOf } from './json-fields.ts'

/** The part of a tracker that is needed here. It can be a tracker of `@runtape/tracker` or of an AI config. */
export interface MetricsTracker {
  trackMetricsOf<T>(
    extract: (result: Awaited<T>) => { success?: boolean; usage?: TokenUsage },
    fn: () => T,
  ): T
}

/** What `metricsOf` needs to know about a provider. */
export interface MetricsSource {
  /** The function that the application called, for warnings. */
  readonly call: string
  /** Who answers, for warnings. */
  readonly host: string
  usageOf(told: unknown): TokenUsage | undefined
  /** Default: `usage` of the answer. */
  usageIn?(answer: unknown): unknown
  /** Whether an answer reports a failure. Default: none does. */
  failed?(answer: unknown): boolean
}

/** Reads outcome and tokens from an answer, for `tracker.trackMetricsOf`. Logs a usage that cannot be interpreted. */
export function metricsOf(source: MetricsSource) {
  const { call, host, usageOf, usageIn = answer => fieldsOf(answer).usage, failed = () => false } = source
  return (answer: unknown): { success: boolean; usage?: TokenUsage } => {
    const told = usageIn(answer)
    const { value: usage, doubts } = readWithDoubts(() => usageOf(told))
    if (!usage && told) warnOfUnknownUsage({ call, host, told }, consoleLogger)
    if (usage && doubts.length > 0) warnOfDoubtfulUsage({ call, host, told, doubts }, consoleLogger)
    return { success: !failed(answer), ...(usage && { usage }) }
  }
}
