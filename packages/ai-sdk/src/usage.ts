import type { TokenUsage } from '@runtape/core'
import { checkedUsage, type Fields, fieldsOf, numberOf } from '@runtape/provider'

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
  const tokens = numberOf(fields.tokens)
  if (tokens !== undefined) return checkedUsage({ input: tokens, output: 0, total: tokens })
  return typeof fields.inputTokens === 'object' ? nested(fields) : flat(fields, fieldsOf(metadata))
}

/** As V3 and V4 have it. A model of V2 that is wrapped by a newer SDK has totals alone. */
function nested({ inputTokens, outputTokens, raw }: Fields): TokenUsage | undefined {
  const input = fieldsOf(inputTokens)
  const output = fieldsOf(outputTokens)
  const said = {
    input: believed(input.total, raw, /prompt|input/i),
    output: believed(output.total, raw, /completion|output|candidate/i),
    cachedInput: numberOf(input.cacheRead),
    cacheWrite: numberOf(input.cacheWrite),
    cacheWrite1h: keptForAnHour(raw),
    reasoning: numberOf(output.reasoning),
  }
  return whole(said)
}

/** Some providers put 0 where their host says nothing: the host's own words tell. */
function believed(count: unknown, raw: unknown, name: RegExp): number | undefined {
  const isSaid =
    count !== 0 || raw === undefined || Object.keys(fieldsOf(raw)).some(field => name.test(field))
  return isSaid ? numberOf(count) : undefined
}

/** As V2 has it, and the results of `generateText`, which name the parts of the input beside it. */
function flat(fields: Fields, metadata: Fields): TokenUsage | undefined {
  const parts = fieldsOf(fields.inputTokenDetails)
  const input = numberOf(fields.inputTokens)
  const apart = fieldsOf(metadata.anthropic ?? metadata.bedrock).usage
  const cachedInput = numberOf(parts.cacheReadTokens) ?? numberOf(fields.cachedInputTokens)
  const cacheWrite = numberOf(parts.cacheWriteTokens) ?? writtenToCache(apart)
  const isApart = fields.inputTokenDetails === undefined && apart !== undefined
  const said = {
    input: isApart && input !== undefined ? input + (cachedInput ?? 0) + (cacheWrite ?? 0) : input,
    output: numberOf(fields.outputTokens),
    total: isApart ? undefined : numberOf(fields.totalTokens),
    cachedInput,
    cacheWrite,
    cacheWrite1h: keptForAnHour(fields.raw ?? apart),
    reasoning:
      numberOf(fieldsOf(fields.outputTokenDetails).reasoningTokens) ?? numberOf(fields.reasoningTokens),
  }
  return whole(said)
}

interface Said {
  readonly input: number | undefined
  readonly output: number | undefined
  readonly total?: number | undefined
  readonly cachedInput: number | undefined
  readonly cacheWrite: number | undefined
  readonly cacheWrite1h: number | undefined
  readonly reasoning: number | undefined
}

/** Where one of the two is not known, neither is the usage: half a bill is a wrong one. */
function whole(said: Said): TokenUsage | undefined {
  const { input, output, total, reasoning = 0 } = said
  if (input === undefined || output === undefined) return undefined
  // Some hosts count reasoning beside the output.
  const isBeside = reasoning > 0 && total === input + output + reasoning
  return checkedUsage(isBeside ? { ...said, output: output + reasoning } : said)
}

function writtenToCache(usage: unknown): number | undefined {
  const { cache_creation_input_tokens, cacheWriteInputTokens } = fieldsOf(usage)
  return numberOf(cache_creation_input_tokens) ?? numberOf(cacheWriteInputTokens)
}

function keptForAnHour(usage: unknown): number | undefined {
  return numberOf(fieldsOf(fieldsOf(usage).cache_creation).ephemeral_1h_input_tokens)
}
