import type { CallValue, Metric, MetricValue, RunEvent } from '@runtape/core'
import { parentAttribute, responseIdAttribute } from './billing/told-calls.ts'
import type { Told } from './dialects/dialect.ts'
import { errorOf } from './span-record.ts'
import type { OtelSpan } from './wire/otel-span.ts'

/**
 * The run events of a span: a call of a model is one of its run's calls. A root that a dialect knows is the run itself: it also says
 * how long the run took and how it ended. Other roots, such as a request of a web server, say nothing of a run.
 */
export function runEventsOf(
  span: OtelSpan,
  told: Told & { readonly dialect?: string },
  runId: string,
): RunEvent[] {
  if (told.dialect === undefined) return []
  const isOwn = 'runtape.run_id' in span.attributes
  const calls =
    told.type === 'model' ? [runEvent(span, told, runId, [`call:${span.spanId}`, callOf(span, told)])] : []
  // Trackers of ours record the other metrics themselves.
  if (span.parentSpanId !== '' || isOwn) return calls
  return [
    ...calls,
    runEvent(span, told, runId, ['duration', span.endMs - span.startMs]),
    runEvent(span, told, runId, ['outcome', outcomeOf(span)]),
  ]
}

function callOf(span: OtelSpan, { usage, model, timeToFirstTokenMs }: Told): CallValue {
  return {
    ...outcomeOf(span),
    durationMs: span.endMs - span.startMs,
    ...(timeToFirstTokenMs !== undefined && { timeToFirstTokenMs }),
    ...(usage && { usage }),
    ...(model !== undefined && { model }),
  }
}

const outcomeOf = ({ isError, statusMessage, events }: OtelSpan) =>
  isError
    ? ({ status: 'error', error: errorOf(statusMessage, events) } as const)
    : ({ status: 'success' } as const)

function runEvent(
  span: OtelSpan,
  { model, provider, userId, responseId }: Told,
  runId: string,
  [metric, value]: readonly [Metric, MetricValue],
): RunEvent {
  const service = span.resource['service.name']
  return {
    ...{ kind: 'run-event', runId, metric, value, at: span.endMs, traceId: span.traceId },
    // OpenTelemetry knows no config; its service is what asked.
    configKey: typeof service === 'string' ? service : '',
    ...{ variationKey: '', version: 1, modelName: model ?? '', providerName: provider ?? '' },
    ...(userId !== undefined && { context: { kind: 'user', key: userId } }),
    attributes: {
      ...(responseId !== undefined && { [responseIdAttribute]: responseId }),
      ...(span.parentSpanId !== '' && { [parentAttribute]: span.parentSpanId }),
    },
  }
}
