import type { TokenUsage } from '@runtape/core'
import { checkedUsage, type Fields, fieldsOf, numberOf, type ToldUsage } from '@runtape/provider'

/**
 * Tokens from a `usage` of the AI SDK: of a model's answer (specification V2, V3 and V4), of a result of `generateText`,
 * and of an embedding. `undefined` when it does not say; counts that it does not name are absent, never zero.
 *
 * @param metadata the `providerMetadata` beside it. In AI SDK 5 it alone says whether `inputTokens` include what was
 * read from a cache: Anthropic's and Bedrock's do not.
 *
 * @example
 * ```ts
 * import { usageFromAiSdk } from '@runtape/ai-sdk'
 *
 * usageFromAiSdk({ inputTokens: 12, outputTokens: 3, totalTokens: 15 }) // { input: 12, output: 3, total: 15 }
 * ```
 */
export function usageFromAiSdk(usage: unknown, metadata?: unknown): TokenUsage | undefined {
  const fields = fieldsOf(usage)
  if (fields.tokens !== undefined) return checkedUsage({ input: numberOf(fields.tokens) })
  const told = typeof fields.inputTokens === 'object' ? nested(fields) : flat(fields, fieldsOf(metadata))
  const { input, output, total, reasoning = 0 } = told
  // Half a usage is a wrong bill.
  if (input === undefined || output === undefined) return undefined
  const isBeside = reasoning > 0 && total === input + output + reasoning
  return checkedUsage(isBeside ? { ...told, output: output + reasoning } : told)
}

/** As V3 and V4 have it. */
function nested({ inputTokens, outputTokens, raw }: Fields): ToldUsage {
  const input = fieldsOf(inputTokens)
  const output = fieldsOf(outputTokens)
  return {
    input: believed(input.total, raw, /prompt|input/i),
    output: believed(output.total, raw, /completion|output|candidate/i),
    cachedInput: numberOf(input.cacheRead),
    cacheWrite: numberOf(input.cacheWrite),
    cacheWrite1h: keptForAnHour(raw),
    reasoning: numberOf(output.reasoning),
  }
}

/** Some providers put 0 where their host says nothing: the host's own words tell. */
function believed(count: unknown, raw: unknown, name: RegExp): number | undefined {
  const isSaid =
    count !== 0 || raw === undefined || Object.keys(fieldsOf(raw)).some(field => name.test(field))
  return isSaid ? numberOf(count) : undefined
}

/** As V2 has it, and the results of `generateText`, which name the parts of the input beside it. */
function flat(fields: Fields, metadata: Fields): ToldUsage {
  const parts = fieldsOf(fields.inputTokenDetails)
  const apart = fields.inputTokenDetails ? undefined : fieldsOf(metadata.anthropic ?? metadata.bedrock).usage
  const { cache_creation_input_tokens: written, cacheWriteInputTokens } = fieldsOf(apart)
  const input = numberOf(fields.inputTokens)
  const cachedInput = numberOf(parts.cacheReadTokens ?? fields.cachedInputTokens)
  const cacheWrite = numberOf(parts.cacheWriteTokens ?? written ?? cacheWriteInputTokens)
  return {
    input: apart && input !== undefined ? input + (cachedInput ?? 0) + (cacheWrite ?? 0) : input,
    output: numberOf(fields.outputTokens),
    total: apart ? undefined : numberOf(fields.totalTokens),
    cachedInput,
    cacheWrite,
    cacheWrite1h: keptForAnHour(fields.raw ?? apart),
    reasoning: numberOf(fieldsOf(fields.outputTokenDetails).reasoningTokens ?? fields.reasoningTokens),
  }
}

const keptForAnHour = (usage: unknown): number | undefined =>
  numberOf(fieldsOf(fieldsOf(usage).cache_creation).ephemeral_1h_input_tokens)

/** What is told of a usage: its tokens where they are understood, else its own words. */
export const tellUsage = (usage: unknown, metadata: unknown): unknown =>
  usageFromAiSdk(usage, metadata) ?? usage

/** The tokens in what `tellUsage` returned; the words of the SDK have no `input`. */
export const readUsage = (told: unknown): TokenUsage | undefined =>
  fieldsOf(told).input === undefined ? undefined : (told as TokenUsage)
