import type { TokenUsage } from '@runtape/core'
import { checkedUsage, countOf, doubt, type Fields, fieldsOf } from '@runtape/provider'

/**
 * Tokens from the `usage` object of an OpenAI answer: chat completions, responses and embeddings, and compatible hosts.
 * `undefined` if there is no usage; missing details are absent, never zero.
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
  const subsets = subsetsOf(fields)
  const total = numberOf(fields.total_tokens) || totalOf(fields, input + output, subsets)
  return checkedUsage({ ...sumsOf({ input, output, total }, subsets), ...subsets })
}

type Sums = Pick<TokenUsage, 'input' | 'output' | 'total'>
type Subsets = Partial<Record<Exclude<keyof TokenUsage, keyof Sums>, number>>

/**
 * The sums including all their parts. Some hosts count reasoning outside the output, or cached tokens outside the input; their
 * total shows it.
 */
function sumsOf(sums: Sums, { reasoning = 0, cachedInput = 0, cacheWrite = 0 }: Subsets): Sums {
  const { input, output, total } = sums
  const beside = total - input - output
  if (beside <= 0) return sums
  if (beside === reasoning) return { ...sums, output: output + reasoning }
  const cached = cachedInput + cacheWrite
  if (beside === cached) return { ...sums, input: input + cached }
  if (beside === cached + reasoning) return { total, input: input + cached, output: output + reasoning }
  doubt(`total (${total}) is more than the sum of its parts (${input + output})`)
  return sums
}

/** If there is no total. Anthropic's usage, which some gateways pass on, counts cached tokens outside the input. */
function totalOf(fields: Fields, sum: number, { cachedInput = 0, cacheWrite = 0 }: Subsets): number {
  const isAnthropics =
    numberOf(fields.input_tokens) !== undefined &&
    firstNumber(fields.cache_read_input_tokens, fields.cache_creation_input_tokens) !== undefined
  return isAnthropics ? sum + cachedInput + cacheWrite : sum
}

/** Without invalid counts. */
function subsetsOf(fields: Fields): Subsets {
  const known: Record<string, number> = {}
  const told = toldSubsets(fields)
  for (const part in told) {
    const count = countOf(told[part as keyof Subsets], part)
    if (count !== undefined) known[part] = count
  }
  return known
}

function toldSubsets(fields: Fields): Record<keyof Subsets, number | undefined> {
  const ofInput = fieldsOf(
    fields.prompt_tokens_details ?? fields.input_tokens_details ?? fields.input_token_details,
  )
  const ofOutput = fieldsOf(
    fields.completion_tokens_details ?? fields.output_tokens_details ?? fields.output_token_details,
  )
  const ofCached = fieldsOf(ofInput.cached_tokens_details)
  const inputAudio = modality(ofInput.audio_tokens)
  const inputImage = modality(ofInput.image_tokens)
  return {
    cachedInput: firstNumber(
      ofInput.cached_tokens,
      fields.cached_tokens,
      fields.prompt_cache_hit_tokens,
      fields.cache_read_input_tokens,
    ),
    cacheWrite: firstNumber(
      ofInput.cache_write_tokens,
      ofInput.cache_creation_tokens,
      fields.cache_creation_input_tokens,
      fields.cache_write_input_tokens,
      fields.cache_write_tokens,
    ),
    cacheWrite1h: modality(fieldsOf(fields.cache_creation).ephemeral_1h_input_tokens),
    reasoning: firstNumber(ofOutput.reasoning_tokens, fields.reasoning_tokens),
    inputAudio,
    outputAudio: modality(ofOutput.audio_tokens),
    inputImage,
    outputImage: modality(ofOutput.image_tokens),
    inputVideo: modality(ofInput.video_tokens),
    outputVideo: modality(ofOutput.video_tokens),
    cachedInputAudio: inputAudio && numberOf(ofCached.audio_tokens),
    cachedInputImage: inputImage && numberOf(ofCached.image_tokens),
  }
}

// Text models report 0 for each: a part is meaningful only if it has tokens.
const modality = (count: unknown): number | undefined => numberOf(count) || undefined

const firstNumber = (...told: readonly unknown[]): number | undefined =>
  told.find(count => typeof count === 'number') as number | undefined

const numberOf = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined)
