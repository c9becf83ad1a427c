import type {
  FeedbackValue,
  Metric,
  MetricValue,
  OutcomeValue,
  ScoreValue,
  TokenUsage,
  ToolCallValue,
} from '@runtape/core'

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

const fields = new Map<Metric, keyof RunSummary>([
  ['duration', 'durationMs'],
  ['time-to-first-token', 'timeToFirstTokenMs'],
  ['tokens', 'tokens'],
  ['outcome', 'outcome'],
  ['feedback', 'feedback'],
])

/** The summary of what was recorded; a deep copy, so that changing it changes nothing. */
export function summarize(runId: string, recorded: ReadonlyMap<Metric, MetricValue>): RunSummary {
  const single: [string, unknown][] = []
  const toolCalls: unknown[] = []
  const scores: [string, unknown][] = []
  for (const [metric, value] of recorded) {
    const field = fields.get(metric)
    const name = metric.slice(metric.indexOf(':') + 1)
    if (field) single.push([field, structuredClone(value)])
    else if (metric.startsWith('tool-call:')) toolCalls.push({ id: name, ...(value as ToolCallValue) })
    else if (metric.startsWith('score:')) scores.push([name, structuredClone(value)])
  }
  // From entries, not by assignment: a score may be named `__proto__`.
  const summary = { runId, ...Object.fromEntries(single), toolCalls, scores: Object.fromEntries(scores) }
  return summary as RunSummary
}
