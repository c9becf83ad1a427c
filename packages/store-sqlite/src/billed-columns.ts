import type { CallValue, FeedbackValue, OutcomeValue, RunEvent, TokenUsage } from '@runtape/core'
import type { SqlValue } from './handle.ts'

/** The columns of `TokenUsage`. */
export const tokenColumns = {
  input: 'input_tokens',
  output: 'output_tokens',
  total: 'total_tokens',
  cachedInput: 'cached_input_tokens',
  cacheWrite: 'cache_write_tokens',
  reasoning: 'reasoning_tokens',
} as const satisfies Record<keyof TokenUsage, string>

/** What the bill reads of an event besides who it is for: copies of parts of its value, so that no JSON is parsed. */
export const billedColumns: readonly string[] = [
  'milliseconds',
  'verdict',
  ...Object.values(tokenColumns),
  'cost_nano_usd',
]

/** The parameters of `billedColumns`. */
export function billedParams({ metric, value, cost }: RunEvent): SqlValue[] {
  const usage = usageIn(metric, value)
  return [
    metric === 'duration' || metric === 'time-to-first-token' ? (value as number) : null,
    verdictIn(metric, value),
    usage?.input ?? null,
    usage?.output ?? null,
    usage?.total ?? null,
    usage?.cachedInput ?? null,
    usage?.cacheWrite ?? null,
    usage?.reasoning ?? null,
    cost?.nanoUsd ?? null,
  ]
}

/** How a run went, or what was thought of it. */
function verdictIn(metric: string, value: unknown): string | null {
  if (metric === 'outcome') return (value as OutcomeValue).status
  return metric === 'feedback' ? (value as FeedbackValue).kind : null
}

function usageIn(metric: string, value: unknown): TokenUsage | undefined {
  if (metric === 'tokens') return value as TokenUsage
  return metric.startsWith('call:') ? (value as CallValue).usage : undefined
}
