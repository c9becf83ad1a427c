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
  const ofOutput = fieldsOf(fields.completion_tokens_details ?? fields.output_tokens_details)
  const cachedInput = numberOf(ofInput.cached_tokens)
  const cacheWrite = numberOf(ofInput.cache_write_tokens)
  const reasoning = numberOf(ofOutput.reasoning_tokens)
  return {
    ...(cachedInput !== undefined && { cachedInput }),
    ...(cacheWrite !== undefined && { cacheWrite }),
    ...(reasoning !== undefined && { reasoning }),
  }
}

const fieldsOf = (value: unknown): Fields =>
  typeof value === 'object' && value !== null ? (value as Fields) : {}

const numberOf = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined)
