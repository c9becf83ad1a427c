import { matches } from '../filter/index.ts'
import type { Checked } from '../query/read-query.ts'
import type { FeedbackValue } from '../records/records.ts'
import type { ListedRun, Run, RunFilter } from '../store/runs/runs.ts'
import { runFacts, type TraceFacts } from './run-facts.ts'

/** Reads the facts that a filter needs of the trace of a run. */
export type TraceFactsOf = (run: ListedRun) => TraceFacts | undefined

/** Whether a run passes a filter. */
export function passesFilter(run: ListedRun, query: Checked<RunFilter>, traceOf?: TraceFactsOf): boolean {
  const { since = -Infinity, until = Infinity } = query
  const feedback = (run.metrics.feedback as FeedbackValue | undefined)?.kind ?? 'none'
  return (
    run.firstAt >= since &&
    run.firstAt < until &&
    isSame(query.configKey, run.configKey) &&
    isSame(query.variationKey, run.variationKey) &&
    isSame(query.version, run.version) &&
    isSame(query.model, run.model) &&
    isSame(query.provider, run.providerName) &&
    isSame(query.contextKind, run.context?.kind) &&
    isSame(query.contextKey, run.context?.key) &&
    isSame(query.traceId, run.traceId) &&
    isSame(query.outcome, run.outcome) &&
    isSame(query.feedback, feedback) &&
    isBetween(durationOf(run), query.minDurationMs, query.maxDurationMs) &&
    isBetween(run.tokens?.total, query.minTokens, query.maxTokens) &&
    isBetween(run.nanoUsd, query.minNanoUsd, query.maxNanoUsd) &&
    (query.where === undefined || matches(query.where, runFacts(run, traceOf?.(run))))
  )
}

const isSame = <T>(wanted: T | undefined, value: T | undefined): boolean =>
  wanted === undefined || wanted === value

function isBetween(value: number | undefined, least?: number, most?: number): boolean {
  if (least === undefined && most === undefined) return true
  return value !== undefined && value >= (least ?? -Infinity) && value <= (most ?? Infinity)
}

export const durationOf = ({ metrics }: Run): number | undefined =>
  typeof metrics.duration === 'number' ? metrics.duration : undefined
