import type { CallValue, FeedbackValue, OutcomeValue, RunEvent, TokenUsage } from '@runtape/core'
import type { SqlValue } from './handle.ts'

/** The columns of `TokenUsage`. */
export const tokenColumns = {
  input: 'input_tokens',
  output: 'output_tokens',
  total: 'total_tokens',
  cachedInput: 'cached_input_tokens',
  cacheWrite: 'cache_write_tokens',
  cacheWrite1h: 'cache_write_1h_tokens',
  reasoning: 'reasoning_tokens',
  inputAudio: 'input_audio_tokens',
  outputAudio: 'output_audio_tokens',
  inputImage: 'input_image_tokens',
  outputImage: 'output_image_tokens',
  inputVideo: 'input_video_tokens',
  outputVideo: 'output_video_tokens',
  cachedInputAudio: 'cached_input_audio_tokens',
  cachedInputImage: 'cached_input_image_tokens',
} as const satisfies Record<keyof TokenUsage, string>

const tokenFields = Object.keys(tokenColumns) as (keyof TokenUsage)[]

/** What the bill reads of an event besides who it is for: copies of parts of its value, so that no JSON is parsed. */
export const billedColumns: readonly string[] = [
  'milliseconds',
  'verdict',
  ...Object.values(tokenColumns),
  'cost_nano_usd',
  'scope',
  'call_model',
]

const noTokens: readonly null[] = tokenFields.map(() => null)

/** The parameters of `billedColumns`. */
export function billedParams({ metric, value, cost, scope }: RunEvent): SqlValue[] {
  const usage = usageIn(metric, value)
  return [
    metric === 'duration' || metric === 'time-to-first-token' ? (value as number) : null,
    verdictIn(metric, value),
    ...(usage ? tokenFields.map(field => usage[field] ?? null) : noTokens),
    cost?.nanoUsd ?? null,
    scope ?? null,
    // `''` where it names none: `null` is of a row that older versions wrote.
    metric.startsWith('call:') ? ((value as CallValue).model ?? '') : null,
  ]
}

/** How a run or a call of it ended, or what a person said of it. */
function verdictIn(metric: string, value: unknown): string | null {
  if (metric === 'outcome') return (value as OutcomeValue).status
  if (metric === 'feedback') return (value as FeedbackValue).kind
  return metric.startsWith('call:') ? (value as CallValue).status : null
}

function usageIn(metric: string, value: unknown): TokenUsage | undefined {
  if (metric === 'tokens') return value as TokenUsage
  return metric.startsWith('call:') ? (value as CallValue).usage : undefined
}
