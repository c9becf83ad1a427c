import type { FeedbackValue, OutcomeValue, ScoreValue, TokenUsage, ToolCallValue } from '@runtape/core'
import type { RunState } from './run-state.ts'
import type { SingleMetric } from './slots.ts'

/** What a tracker has recorded so far in this process. Times are in milliseconds. */
export interface RunSummary {
  readonly runId: string
  readonly durationMs?: number
  readonly timeToFirstTokenMs?: number
  readonly tokens?: TokenUsage
  readonly outcome?: OutcomeValue
  readonly feedback?: FeedbackValue
  readonly toolCalls: readonly (ToolCallValue & { readonly id: string })[]
  readonly scores: Readonly<Record<string, ScoreValue>>
}

const fields: Record<SingleMetric, keyof RunSummary> = {
  duration: 'durationMs',
  'time-to-first-token': 'timeToFirstTokenMs',
  tokens: 'tokens',
  outcome: 'outcome',
  feedback: 'feedback',
}

/** The summary of what was recorded; a deep copy, so that changing it changes nothing. */
export function summarize(runId: string, { single, named = new Map() }: RunState): RunSummary {
  const recorded = Object.entries(single).filter(([, value]) => value !== undefined)
  const singles = recorded.map(([metric, value]) => [fields[metric as SingleMetric], structuredClone(value)])
  const toolCalls: unknown[] = []
  const scores: [string, unknown][] = []
  for (const [metric, value] of named) {
    const name = metric.slice(metric.indexOf(':') + 1)
    if (metric.startsWith('score:')) scores.push([name, structuredClone(value)])
    else toolCalls.push({ id: name, ...(value as ToolCallValue) })
  }
  // From entries, not by assignment: a score may be named `__proto__`.
  const summary = { runId, ...Object.fromEntries(singles), toolCalls, scores: Object.fromEntries(scores) }
  return summary as RunSummary
}
