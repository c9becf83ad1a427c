import type { Metric, MetricValue, RunEvent } from './records.ts'
import type { Run } from './store.ts'

/**
 * A run from its live events, earliest first, or `undefined` when there are none. A resumed event knows no
 * model, provider or context: the run has the first that is known.
 *
 * @param spanTraceId the trace of a span of the run, for when no event names one
 */
export function runOfEvents(events: readonly RunEvent[], spanTraceId?: string): Run | undefined {
  const first = events[0]
  const last = events.at(-1)
  if (first === undefined || last === undefined) return undefined
  const { runId, configKey, variationKey, version } = first
  const context = firstKnown(events, event => event.context)
  const traceId = firstKnown(events, event => event.traceId) ?? spanTraceId
  return {
    runId,
    configKey,
    variationKey,
    version,
    modelName: firstKnown(events, event => event.modelName) ?? '',
    providerName: firstKnown(events, event => event.providerName) ?? '',
    ...(context && { context }),
    ...(traceId && { traceId }),
    firstAt: first.at,
    lastAt: last.at,
    metrics: metricsOf(events),
    events,
  }
}

function firstKnown<T>(events: readonly RunEvent[], read: (event: RunEvent) => T | undefined): T | undefined {
  for (const event of events) {
    const value = read(event)
    if (value) return value
  }
  return undefined
}

function metricsOf(events: readonly RunEvent[]): Partial<Record<Metric, MetricValue>> {
  return Object.fromEntries(events.map(event => [event.metric, event.value]))
}
