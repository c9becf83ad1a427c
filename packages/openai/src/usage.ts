import type { TokenUsage } from '@runtape/core'
import { usageProblem } from '@runtape/core/internal'

type Fields = Readonly<Record<string, unknown>>

/**
 * Tokens from the `usage` object of an OpenAI answer: chat completions, responses and embeddings, and compatible
 * hosts. `undefined` when it does not tell; details that it does not name are absent, never zero.
 *
 * @example
 * ```ts
 * import { usageFromOpenAI } from '@runtape/openai'
 *
 * usageFromOpenAI({ prompt_tokens: 12, completion_tokens: 3, total_tokens: 15 }) // { input: 12, output: 3, total: 15 }
 * ```
 */
export function usageFromOpenAI(usage: unknown): TokenUsage | undefined {
  const fields = fieldsOf(usage)
  const input = numberOf(fields.prompt_tokens) ?? numberOf(fields.input_tokens)
  if (input === undefined) return undefined
  const output = numberOf(fields.completion_tokens) ?? numberOf(fields.output_tokens) ?? 0
  const read = {
    input,
    output,
    total: numberOf(fields.total_tokens) ?? input + output,
    ...subsetsOf(fields),
  }
  return usageProblem(read) === undefined ? read : undefined
}

function subsetsOf(fields: Fields): Partial<TokenUsage> {
  const ofInput = fieldsOf(
    fields.prompt_tokens_details ?? fields.input_tokens_details ?? fields.input_token_details,
  )
  const ofOutput = fieldsOf(
    fields.completion_tokens_details ?? fields.output_tokens_details ?? fields.output_token_details,
  )
  const ofCached = fieldsOf(ofInput.cached_tokens_details)
  const inputAudio = modality(ofInput.audio_tokens)
  const inputImage = modality(ofInput.image_tokens)
  const read: Record<string, number | undefined> = {
    cachedInput: numberOf(ofInput.cached_tokens),
    cacheWrite: numberOf(ofInput.cache_write_tokens),
    reasoning: numberOf(ofOutput.reasoning_tokens),
    inputAudio,
    outputAudio: modality(ofOutput.audio_tokens),
    inputImage,
    outputImage: modality(ofOutput.image_tokens),
    cachedInputAudio: inputAudio && numberOf(ofCached.audio_tokens),
    cachedInputImage: inputImage && numberOf(ofCached.image_tokens),
  }
  return Object.fromEntries(Object.entries(read).filter(([, count]) => count !== undefined))
}

// Text models report 0 for each: a part that is there says something only when it has tokens.
const modality = (count: unknown): number | undefined => numberOf(count) || undefined

const fieldsOf = (value: unknown): Fields =>
  typeof value === 'object' && value !== null ? (value as Fields) : {}

const numberOf = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined)
