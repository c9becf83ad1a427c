import type { TokenUsage } from '@runtape/core'
import { checkedUsage, fieldsOf, numberOf } from '@runtape/provider'

// First the counts of InvokeModel by Bedrock itself; then Converse and Nova, Anthropic, Llama, Titan, OpenAI.
const names = {
  input: [
    'inputTokenCount',
    'inputTokens',
    'input_tokens',
    'prompt_token_count',
    'inputTextTokenCount',
    'prompt_tokens',
  ],
  output: [
    'outputTokenCount',
    'outputTokens',
    'output_tokens',
    'generation_token_count',
    'totalOutputTextTokenCount',
    'completion_tokens',
  ],
  cacheRead: ['cacheReadInputTokenCount', 'cacheReadInputTokens', 'cache_read_input_tokens'],
  cacheWrite: ['cacheWriteInputTokenCount', 'cacheWriteInputTokens', 'cache_creation_input_tokens'],
} as const

/**
 * Tokens from the `usage` of a Bedrock answer: of Converse, of the `amazon-bedrock-invocationMetrics` of a stream, or of a
 * vendor's own body. Bedrock counts cache reads and writes separately; here `input` includes them, and `cachedInput` and
 * `cacheWrite` are parts of it. `undefined` if there is no usage; missing counts are absent, never zero.
 *
 * @example
 * ```ts
 * import { usageFromBedrock } from '@runtape/bedrock'
 *
 * const usage = { inputTokens: 12, outputTokens: 3, totalTokens: 95, cacheReadInputTokens: 80 }
 * usageFromBedrock(usage) // { input: 92, output: 3, total: 95, cachedInput: 80 }
 * ```
 */
export function usageFromBedrock(usage: unknown): TokenUsage | undefined {
  const count = (of: keyof typeof names) => firstNumber(usage, names[of])
  const fresh = count('input')
  if (fresh === undefined) return undefined
  const cachedInput = count('cacheRead')
  const cacheWrite = count('cacheWrite')
  const input = fresh + (cachedInput ?? 0) + (cacheWrite ?? 0)
  return checkedUsage({ input, output: count('output'), cachedInput, cacheWrite })
}

function firstNumber(usage: unknown, aliases: readonly string[]): number | undefined {
  const fields = fieldsOf(usage)
  for (const alias of aliases) {
    const count = numberOf(fields[alias])
    if (count !== undefined) return count
  }
  return undefined
}
