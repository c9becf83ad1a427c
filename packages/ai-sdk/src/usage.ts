import type { TokenUsage } from '@runtape/core'
import { checkedUsage, type Fields, fieldsOf, isFields, numberOf, type ToldUsage } from '@runtape/provider'

/**
 * Tokens from a `usage` of the AI SDK: of a model's answer (specification V2, V3 and V4), of a result of `generateText`, and of
 * an embedding. `undefined` if it has no usage; missing counts are absent, never zero.
 *
 * @param metadata the accompanying `providerMetadata`. In AI SDK 5 only this shows whether `inputTokens` include cache reads and
 * writes: Anthropic's and Bedrock's do not.
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
  // Partial usage would make a wrong bill.
  if (input === undefined || output === undefined) return undefined
  const isBeside = reasoning > 0 && total === input + output + reasoning
  return checkedUsage(isBeside ? { ...told, output: output + reasoning } : told)
}

function toldIn(fields: Fields, { anthropic, bedrock }: Fields): ToldUsage {
  const { raw, totalTokens } = fields
  const input = inputOf(fields)
  const output = outputOf(fields)
  // The host's value, if the SDK does not report the uncached input.
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

/** The form of V3 and V4; V2 and the results of `generateText` have the parts in separate fields. */
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

/** Some providers put 0 where their host reports nothing: only the host's data shows it. */
function believed(count: unknown, raw: unknown, name: RegExp): number | undefined {
  const isSaid =
    count !== 0 || raw === undefined || Object.keys(fieldsOf(raw)).some(field => name.test(field))
  return isSaid ? numberOf(count) : undefined
}

const keptForAnHour = (usage: unknown): number | undefined =>
  numberOf(fieldsOf(fieldsOf(usage).cache_creation).ephemeral_1h_input_tokens)

/** Usage as tokens if it is understood, otherwise unchanged. */
export const tellUsage = (usage: unknown, metadata: unknown): unknown =>
  usageFromAiSdk(usage, metadata) ?? usage

/** The tokens in the result of `tellUsage`; the SDK's form has no `input`. */
export const readUsage = (told: unknown): TokenUsage | undefined =>
  fieldsOf(told).input === undefined ? undefined : (told as TokenUsage)
