import type { Cost, FeedbackValue, Metric, OutcomeValue, RunEvent } from '@runtape/core'
import { keyText } from '../database/values.ts'

/** The parameters of an event, one for each column. */
export interface EventParams {
  readonly runId: string
  readonly metric: string
  readonly replayTraceId: string
  readonly traceId: string | null
  readonly at: number
  readonly status: string | null
  readonly record: string
}

/** What `eventOfRow` needs. */
export interface EventRow {
  readonly run_id: string
  readonly metric: string
  readonly record: string
  /** The cost that arrived after the event. */
  readonly later_cost?: string | null
}

export const eventIdentity = (event: RunEvent): Pick<EventParams, 'runId' | 'metric' | 'replayTraceId'> => ({
  runId: keyText(event.runId),
  metric: keyText(event.metric),
  replayTraceId: keyText(event.replay?.traceId ?? ''),
})

export function eventParams(event: RunEvent): EventParams {
  const identity = eventIdentity(event)
  const { kind: _, runId, metric, ...rest } = event
  // The columns have most ids in full, but shorten very long ones.
  const isFull = identity.runId === runId && identity.metric === metric
  return {
    ...identity,
    traceId: event.traceId === undefined ? null : keyText(event.traceId),
    at: event.at,
    status: statusOf(event),
    record: JSON.stringify(isFull ? rest : { runId, metric, ...rest }),
  }
}

/** How a run ended, or the feedback that a person gave. */
function statusOf({ metric, value }: RunEvent): string | null {
  if (metric === 'outcome') return (value as OutcomeValue).status
  return metric === 'feedback' ? (value as FeedbackValue).kind : null
}

/** The event as it was appended, with its cost. */
export function eventOfRow({ run_id, metric, record, later_cost }: EventRow): RunEvent {
  return {
    kind: 'run-event',
    runId: run_id,
    metric: metric as Metric,
    ...(JSON.parse(record) as Omit<RunEvent, 'kind' | 'runId' | 'metric'>),
    ...(later_cost && { cost: JSON.parse(later_cost) as Cost }),
  }
}
