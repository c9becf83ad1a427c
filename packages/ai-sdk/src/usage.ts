import type { TokenUsage } from '@runtape/core'
import { checkedUsage, type Fields, fieldsOf, isFields, numberOf, type ToldUsage } from '@runtape/provider'

/**
 * Tokens from a `usage` of the AI SDK: of a model's answer (specification V2, V3 and V4), of a result of `generateText`,
 * and of an embedding. `undefined` when it does not say; counts that it does not name are absent, never zero.
 *
 * @param metadata the `providerMetadata` beside it. In AI SDK 5 it alone says whether `inputTokens` include what was
 * read from a cache or written to it: Anthropic's and Bedrock's do not.
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
  const told = toldIn(fields, fieldsOf(metadata))
  const { input, output, total, reasoning = 0 } = told
  // Half a usage is a wrong bill.
  if (input === undefined || output === undefined) return undefined
  const isBeside = reasoning > 0 && total === input + output + reasoning
  return checkedUsage(isBeside ? { ...told, output: output + reasoning } : told)
}

function toldIn(fields: Fields, { anthropic, bedrock }: Fields): ToldUsage {
  const { raw, totalTokens } = fields
  const input = inputOf(fields)
  const output = outputOf(fields)
  // As the host says it, where the SDK does not say what of the input was not cached.
  const apart = input.noCache === undefined ? fieldsOf(anthropic ?? bedrock).usage : undefined
  const { cache_creation_input_tokens: written, cacheWriteInputTokens } = fieldsOf(apart)
  const whole = believed(input.total, raw, /prompt|input/i)
  const cachedInput = numberOf(input.cacheRead)
  const cacheWrite = numberOf(input.cacheWrite ?? written ?? cacheWriteInputTokens)
  return {
    input: apart && whole !== undefined ? whole + (cachedInput ?? 0) + (cacheWrite ?? 0) : whole,
    output: believed(output.total, raw, /completion|output|candidate/i),
    total: apart ? undefined : numberOf(totalTokens),
    cachedInput,
    cacheWrite,
    cacheWrite1h: keptForAnHour(raw ?? apart),
    reasoning: numberOf(output.reasoning),
  }
}

/** As V3 and V4 have it; V2 and the results of `generateText` name the parts beside it. */
function inputOf({ inputTokens, inputTokenDetails, cachedInputTokens }: Fields): Fields {
  if (isFields(inputTokens)) return inputTokens
  const { noCacheTokens, cacheReadTokens, cacheWriteTokens } = fieldsOf(inputTokenDetails)
  const cacheRead = cacheReadTokens ?? cachedInputTokens
  return { total: inputTokens, noCache: noCacheTokens, cacheRead, cacheWrite: cacheWriteTokens }
}

function outputOf({ outputTokens, outputTokenDetails, reasoningTokens }: Fields): Fields {
  if (isFields(outputTokens)) return outputTokens
  return { total: outputTokens, reasoning: fieldsOf(outputTokenDetails).reasoningTokens ?? reasoningTokens }
}

/** Some providers put 0 where their host says nothing: the host's own words tell. */
function believed(count: unknown, raw: unknown, name: RegExp): number | undefined {
  const isSaid =
    count !== 0 || raw === undefined || Object.keys(fieldsOf(raw)).some(field => name.test(field))
  return isSaid ? numberOf(count) : undefined
}

const keptForAnHour = (usage: unknown): number | undefined =>
  numberOf(fieldsOf(fieldsOf(usage).cache_creation).ephemeral_1h_input_tokens)

/** A usage as tokens where it is understood, else as it was given. */
export const tellUsage = (usage: unknown, metadata: unknown): unknown =>
  usageFromAiSdk(usage, metadata) ?? usage

/** The tokens in what `tellUsage` returned; the words of the SDK have no `input`. */
export const readUsage = (told: unknown): TokenUsage | undefined =>
  fieldsOf(told).input === undefined ? undefined : (told as TokenUsage)
