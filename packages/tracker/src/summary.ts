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

const fields = {
  duration: 'durationMs',
  'time-to-first-token': 'timeToFirstTokenMs',
  tokens: 'tokens',
  outcome: 'outcome',
  feedback: 'feedback',
} as const

/** The summary of what was recorded; a deep copy, so that changing it changes nothing. */
export function summarize(runId: string, recorded: ReadonlyMap<Metric, MetricValue>): RunSummary {
  const single: Record<string, unknown> = {}
  const toolCalls: unknown[] = []
  const scores: Record<string, unknown> = {}
  for (const [metric, value] of recorded) {
    if (metric in fields) single[fields[metric as keyof typeof fields]] = value
    else if (metric.startsWith('tool-call:'))
      toolCalls.push({ id: metric.slice(10), ...(value as ToolCallValue) })
    else if (metric.startsWith('score:')) scores[metric.slice(6)] = value
  }
  return structuredClone({ runId, ...single, toolCalls, scores }) as RunSummary
}
