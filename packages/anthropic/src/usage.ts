import type { TokenUsage } from '@runtape/core'
import { checkedUsage, type Fields, fieldsOf, numberOf, objectsIn, partOf } from '@runtape/provider'

/**
 * Tokens from the `usage` of a message. Anthropic counts cache reads and writes separately; here `input` includes them. Tokens of
 * a compaction are added. Tokens of another model, such as an advisor's or that of an attempt before a fallback, are only in
 * `total`, so they are not priced as this model's. `undefined` unless both input and output are present; missing counts are
 * absent, never zero.
 *
 * @example
 * ```ts
 * import { usageFromAnthropic } from '@runtape/anthropic'
 *
 * const usage = { input_tokens: 12, output_tokens: 3, cache_read_input_tokens: 80 }
 * usageFromAnthropic(usage) // { input: 92, output: 3, total: 95, cachedInput: 80 }
 * ```
 */
export function usageFromAnthropic(usage: unknown): TokenUsage | undefined {
  const own = countsOf(fieldsOf(usage))
  if (!own) return undefined
  const iterations = objectsIn<Fields>(fieldsOf(usage).iterations)
  const compactions = iterations
    .filter(({ type }) => type === 'compaction')
    .flatMap(one => countsOf(one) ?? [])
  const counts = compactions.reduce(sumOf, own)
  return checkedUsage({ ...counts, total: tokensOf(counts) + tokensOfOthers(iterations, own) })
}

type Counts = Pick<TokenUsage, 'input' | 'output'> &
  Readonly<Record<(typeof subsets)[number], number | undefined>>

const subsets = ['cachedInput', 'cacheWrite', 'cacheWrite1h', 'reasoning'] as const

function countsOf(usage: Fields): Counts | undefined {
  const fresh = numberOf(usage.input_tokens)
  const output = numberOf(usage.output_tokens)
  if (fresh === undefined || output === undefined) return undefined
  const cachedInput = numberOf(usage.cache_read_input_tokens)
  const { cache_creation } = usage
  const cacheWrite = numberOf(usage.cache_creation_input_tokens) ?? writesIn(fieldsOf(cache_creation))
  return {
    input: fresh + (cachedInput ?? 0) + (cacheWrite ?? 0),
    output,
    cachedInput,
    cacheWrite,
    cacheWrite1h: keptForAnHour(fieldsOf(cache_creation), cacheWrite),
    reasoning: partOf(fieldsOf(usage.output_tokens_details).thinking_tokens, output, 'reasoning', 'output'),
  }
}

/** The sum of the parts, if there is no other. */
function writesIn({ ephemeral_5m_input_tokens, ephemeral_1h_input_tokens }: Fields): number | undefined {
  const [short, hour] = [numberOf(ephemeral_5m_input_tokens), numberOf(ephemeral_1h_input_tokens)]
  return short === undefined && hour === undefined ? undefined : (short ?? 0) + (hour ?? 0)
}

// The sum may grow while a message is streamed, and its parts arrive only at the start.
function keptForAnHour(parts: Fields, cacheWrite: number | undefined): number | undefined {
  const hour = partOf(parts.ephemeral_1h_input_tokens, cacheWrite, 'cacheWrite1h', 'cacheWrite')
  return parts.ephemeral_5m_input_tokens === 0 && hour ? cacheWrite : hour
}

function sumOf(a: Counts, b: Counts): Counts {
  const sum: Record<string, number | undefined> = { input: a.input + b.input, output: a.output + b.output }
  for (const subset of subsets)
    sum[subset] =
      a[subset] === undefined && b[subset] === undefined ? undefined : (a[subset] ?? 0) + (b[subset] ?? 0)
  return sum as unknown as Counts
}

const tokensOf = ({ input, output }: Counts): number => input + output

/** Tokens that the message's own usage excludes, because another model used them. */
function tokensOfOthers(iterations: readonly Fields[], own: Counts): number {
  const tokensIn = (list: readonly Fields[]) =>
    list.reduce((sum, one) => sum + tokensOf(countsOf(one) ?? { ...own, input: 0, output: 0 }), 0)
  const advisors = iterations.filter(({ type }) => type === 'advisor_message')
  const served = iterations.find(({ type }) => type === 'fallback_message')
  const declined = iterations.filter(
    ({ type, model }) => served && type === 'message' && model !== served.model,
  )
  const messages = iterations.filter(({ type }) => type === 'message' || type === 'fallback_message')
  const areIncluded = tokensIn(messages) === tokensOf(own)
  return tokensIn(advisors) + (areIncluded ? 0 : tokensIn(declined))
}
