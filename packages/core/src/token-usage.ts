/**
 * Tokens of one or more model calls, in tokens. As in OpenTelemetry's GenAI conventions `input` includes
 * cached tokens and `output` includes reasoning; the optional fields are subsets of those two.
 * What is not known is absent, never zero.
 */
export interface TokenUsage {
  readonly input: number
  readonly output: number
  readonly total: number
  /** Part of `input` that was read from a provider's cache. */
  readonly cachedInput?: number
  /** Part of `input` that was written to a provider's cache. */
  readonly cacheWrite?: number
  /** Part of `output` that the model spent on reasoning. */
  readonly reasoning?: number
}

const subsets = ['cachedInput', 'cacheWrite', 'reasoning'] as const

/** The sum of two usages. A subset that only one of them knows is kept as far as it is known. */
export function addUsage(a: TokenUsage, b: TokenUsage): TokenUsage {
  const sum: { -readonly [K in keyof TokenUsage]: TokenUsage[K] } = {
    input: a.input + b.input,
    output: a.output + b.output,
    total: a.total + b.total,
  }
  for (const subset of subsets) {
    if (a[subset] !== undefined || b[subset] !== undefined) sum[subset] = (a[subset] ?? 0) + (b[subset] ?? 0)
  }
  return sum
}

/** Why this is not a usage that can be billed from, or `undefined` when it is one. */
export function usageProblem(usage: TokenUsage): string | undefined {
  if (typeof usage !== 'object' || usage === null) return 'usage must be an object { input, output, total }'
  const { input, output, total, cachedInput = 0, cacheWrite = 0, reasoning = 0 } = usage
  // One by one: a loop over the names would cost more than recording them.
  const problem =
    countProblem('input', input) ??
    countProblem('output', output) ??
    countProblem('total', total) ??
    countProblem('cachedInput', cachedInput) ??
    countProblem('cacheWrite', cacheWrite) ??
    countProblem('reasoning', reasoning)
  if (problem !== undefined) return problem
  return input === 0 && output === 0 && total === 0 ? 'all token counts are zero' : undefined
}

function countProblem(field: keyof TokenUsage, count: unknown): string | undefined {
  if (Number.isSafeInteger(count) && (count as number) >= 0) return undefined
  return `${field} must be a whole number of tokens, 0 or more (got ${String(count)})`
}
