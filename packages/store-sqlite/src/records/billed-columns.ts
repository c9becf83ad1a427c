import type { CallValue, FeedbackValue, OutcomeValue, RunEvent, TokenUsage } from '@runtape/core'
import { usageSubsets } from '@runtape/core/internal'
import type { SqlValue } from '../database/handle.ts'

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

const commonFields = ['input', 'output', 'total', 'cachedInput', 'reasoning'] as const

/** Token counts that few calls report. */
const rareFields = usageSubsets.filter(field => field !== 'cachedInput' && field !== 'reasoning')

export const rareTokenColumns: readonly string[] = rareFields.map(field => tokenColumns[field])

/** Columns that usage reads, besides those for grouping. They copy parts of the value, so that usage parses no JSON. */
export const billedColumns: readonly string[] = [
  ...['milliseconds', 'verdict', ...commonFields.map(field => tokenColumns[field])],
  ...['cost_nano_usd', 'scope', 'call_model'],
]

/** The model that a call reports, or `''`. Rows that older versions wrote have `null`. */
export const callModelOf = ({ metric, value }: RunEvent): string | null =>
  metric.startsWith('call:') ? ((value as CallValue).model ?? '') : null

export function hasRareTokens(usage: TokenUsage): boolean {
  for (const field of rareFields) if (usage[field] !== undefined) return true
  return false
}

/** The parameters for `rareTokenColumns`. */
export const rareTokens = (usage: TokenUsage | undefined): SqlValue[] =>
  rareFields.map(field => usage?.[field] ?? null)

/** How a run or a call ended, or the feedback that a person gave. */
export function statusOf({ metric, value }: RunEvent): string | null {
  if (metric === 'outcome') return (value as OutcomeValue).status
  if (metric === 'feedback') return (value as FeedbackValue).kind
  return metric.startsWith('call:') ? (value as CallValue).status : null
}

/** The token usage that an event reports. */
export function usageOf({ metric, value }: RunEvent): TokenUsage | undefined {
  if (metric === 'tokens') return value as TokenUsage
  return metric.startsWith('call:') ? (value as CallValue).usage : undefined
}
