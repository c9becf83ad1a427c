import type { TokenUsage } from '@runtape/core'
import {
  checkedUsage,
  countOf,
  type Fields,
  fieldsOf,
  numberOf,
  objectsIn,
  partOf,
  textOf,
} from '@runtape/provider'

/**
 * Tokens from the `usageMetadata` of an answer, or the `usage` of an interaction. Google counts thoughts separately from the
 * answer, and tool results separately from the prompt; here `output` and `input` include them. If the total shows that a host
 * already includes them, they are not added again. `undefined` without a prompt count; missing counts are absent, never zero.
 *
 * @example
 * ```ts
 * import { usageFromGoogle } from '@runtape/google'
 *
 * const usage = { promptTokenCount: 12, candidatesTokenCount: 3, thoughtsTokenCount: 40, totalTokenCount: 55 }
 * usageFromGoogle(usage) // { input: 12, output: 43, total: 55, reasoning: 40 }
 * ```
 */
export function usageFromGoogle(usage: unknown): TokenUsage | undefined {
  const told = fieldsOf(usage)
  const prompt = countIn(told, 'promptTokenCount', 'total_input_tokens')
  if (prompt === undefined) return undefined
  const thoughts = countIn(told, 'thoughtsTokenCount', 'total_thought_tokens')
  const total = countIn(told, 'totalTokenCount', 'total_tokens')
  const sums = sumsOf(told, prompt, thoughts ?? 0, total)
  const cached = countIn(told, 'cachedContentTokenCount', 'total_cached_tokens')
  const cachedInput = partOf(cached, sums.input, 'cachedInput', 'input')
  return checkedUsage({
    ...sums,
    total: Math.max(total ?? 0, sums.input + sums.output),
    cachedInput,
    reasoning: partOf(thoughts, sums.output, 'reasoning', 'output'),
    ...modalitiesOf(told, sums, cachedInput ?? 0),
  })
}

function countIn(told: Fields, ...names: readonly string[]): number | undefined {
  return names.map(name => countOf(told[name], name)).find(count => count !== undefined)
}

type Sums = Pick<TokenUsage, 'input' | 'output'>

/** The sums including all their parts: the total shows which parts are counted separately. */
function sumsOf(told: Fields, prompt: number, thoughts: number, total: number | undefined): Sums {
  const tools = countIn(told, 'toolUsePromptTokenCount', 'total_tool_use_tokens') ?? 0
  const answer = countIn(told, 'candidatesTokenCount', 'responseTokenCount', 'total_output_tokens') ?? 0
  const beside = total === undefined ? tools + thoughts : total - prompt - answer
  const areToolsWithin = beside === thoughts || beside === 0
  const areThoughtsWithin = beside === tools || beside === 0
  const bothBeside = beside === tools + thoughts
  return {
    input: prompt + (areToolsWithin && !bothBeside ? 0 : tools),
    output: answer + (areThoughtsWithin && !bothBeside ? 0 : thoughts),
  }
}

const kinds = { AUDIO: 'Audio', IMAGE: 'Image', VIDEO: 'Video' } as const
type Kind = keyof typeof kinds

/** Tokens other than text, if any. */
function modalitiesOf(told: Fields, sums: Sums, cached: number): Partial<TokenUsage> {
  const input = { ...partsOf(told, 'promptTokensDetails', 'input_tokens_by_modality') }
  const ofTools = partsOf(told, 'toolUsePromptTokensDetails', 'tool_use_tokens_by_modality')
  const output = partsOf(
    told,
    'candidatesTokensDetails',
    'responseTokensDetails',
    'output_tokens_by_modality',
  )
  const ofCache = partsOf(told, 'cacheTokensDetails', 'cached_tokens_by_modality')
  const read: Record<string, number> = {}
  for (const [kind, name] of Object.entries(kinds) as [Kind, string][]) {
    const asked =
      partOf((input[kind] ?? 0) + (ofTools?.[kind] ?? 0), sums.input, `input${name}`, 'input') ?? 0
    const answered = partOf(output?.[kind], sums.output, `output${name}`, 'output') ?? 0
    if (asked > 0) read[`input${name}`] = asked
    if (answered > 0) read[`output${name}`] = answered
    // A kind missing in the list has no tokens.
    const ofBoth = partOf(ofCache?.[kind] ?? 0, Math.min(asked, cached))
    if (asked > 0 && cached > 0 && ofCache && ofBoth !== undefined && kind !== 'VIDEO')
      read[`cachedInput${name}`] = ofBoth
  }
  return read
}

function partsOf(told: Fields, ...names: readonly string[]): Partial<Record<string, number>> | undefined {
  const list = names.map(name => told[name]).find(Array.isArray)
  if (!list) return undefined
  const parts: Record<string, number> = {}
  for (const { modality, tokenCount, tokens } of objectsIn<Fields>(list)) {
    const kind = (textOf(modality) ?? '').toUpperCase()
    parts[kind] = (parts[kind] ?? 0) + (numberOf(tokenCount) ?? numberOf(tokens) ?? 0)
  }
  return parts
}
