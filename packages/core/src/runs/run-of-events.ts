import { countedAt, isOfRunItself } from '../records/received-time.ts'
import type { Metric, MetricValue, RunEvent } from '../records/records.ts'
import type { Run } from '../store/runs/runs.ts'

export interface RunOfEventsOptions {
  /** The trace of a span of the run, used if no event names one. */
  readonly spanTraceId?: string | undefined
  /** When the store received an event, in milliseconds since the Unix epoch. Default: unknown. */
  readonly receivedAt?: (event: RunEvent) => number | undefined
}

/**
 * A run from its live events in order of arrival, or `undefined` if there are none. The first event other than feedback and
 * scores determines its time. A resumed event has no model, provider or context: the run takes the first known value, and values
 * from feedback and scores only if no other event has one.
 */
export function runOfEvents(events: readonly RunEvent[], options: RunOfEventsOptions = {}): Run | undefined {
  const timed = inTime(events, options)
  const ordered = timed.filter(({ event }) => isOfRunItself(event.metric))
  const first = ordered[0] ?? timed[0]
  const last = timed.at(-1)
  if (first === undefined || last === undefined) return undefined
  const telling = ordered.length === timed.length ? timed : [...ordered, ...timed.filter(isSaidLater)]
  const { runId, configKey, variationKey, version } = first.event
  const context = firstKnown(telling, event => event.context)
  const traceId = firstKnown(telling, event => event.traceId) ?? options.spanTraceId
  return {
    runId,
    configKey,
    variationKey,
    version,
    modelName: firstKnown(telling, event => event.modelName) ?? '',
    providerName: firstKnown(telling, event => event.providerName) ?? '',
    ...(context && { context }),
    ...(traceId && { traceId }),
    firstAt: first.at,
    lastAt: last.at,
    metrics: metricsOf(timed),
    events: timed.map(({ event }) => event),
  }
}

interface TimedEvent {
  readonly event: RunEvent
  readonly at: number
}

function inTime(events: readonly RunEvent[], { receivedAt }: RunOfEventsOptions): TimedEvent[] {
  const timed = events.map(event => ({ event, at: countedAt(event.at, receivedAt?.(event)) }))
  return timed.sort((a, b) => a.at - b.at)
}

const isSaidLater = ({ event }: TimedEvent): boolean => !isOfRunItself(event.metric)

function firstKnown<T>(
  timed: readonly TimedEvent[],
  read: (event: RunEvent) => T | undefined,
): T | undefined {
  for (const { event } of timed) {
    const value = read(event)
    if (value) return value
  }
  return undefined
}

function metricsOf(timed: readonly TimedEvent[]): Partial<Record<Metric, MetricValue>> {
  return Object.fromEntries(timed.map(({ event }) => [event.metric, event.value]))
}
