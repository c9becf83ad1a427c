/**
 * Tokens of one or more model calls, in tokens. As in OpenTelemetry's GenAI conventions `input` includes cached tokens and
 * `output` includes reasoning; the optional fields, including the modalities, are subsets of those two. Unknown counts are
 * absent, never zero.
 */
export interface TokenUsage {
  readonly input: number
  readonly output: number
  readonly total: number
  /** Part of `input` that was read from a provider's cache. */
  readonly cachedInput?: number
  /** Part of `input` that was written to a provider's cache. */
  readonly cacheWrite?: number
  /** Part of `cacheWrite` that is cached for an hour. */
  readonly cacheWrite1h?: number
  /** Part of `output` that the model spent on reasoning. */
  readonly reasoning?: number
  /** Part of `input` that is audio. */
  readonly inputAudio?: number
  /** Part of `output` that is audio. */
  readonly outputAudio?: number
  /** Part of `input` that is images. */
  readonly inputImage?: number
  /** Part of `output` that is images. */
  readonly outputImage?: number
  /** Part of `input` that is video. */
  readonly inputVideo?: number
  /** Part of `output` that is video. */
  readonly outputVideo?: number
  /** Part of `cachedInput` that is audio, and of `inputAudio` that was cached. */
  readonly cachedInputAudio?: number
  /** Part of `cachedInput` that is images, and of `inputImage` that was cached. */
  readonly cachedInputImage?: number
}

/** The optional parts of a usage, in display order. */
export const usageSubsets = [
  'cachedInput',
  'cacheWrite',
  'cacheWrite1h',
  'reasoning',
  'inputAudio',
  'outputAudio',
  'inputImage',
  'outputImage',
  'inputVideo',
  'outputVideo',
  'cachedInputAudio',
  'cachedInputImage',
] as const satisfies readonly Exclude<keyof TokenUsage, 'input' | 'output' | 'total'>[]

type Writable<T> = { -readonly [K in keyof T]: T[K] }

/** The known fields of a usage, each read once. */
export function copyUsage({ input, output, total, ...subsets }: TokenUsage): TokenUsage {
  const copy: Writable<TokenUsage> = { input, output, total }
  for (const name in subsets) {
    const subset = name as (typeof usageSubsets)[number]
    if (isSubset.has(name) && subsets[subset] !== undefined) copy[subset] = subsets[subset]
  }
  return copy
}

const isSubset: ReadonlySet<string> = new Set(usageSubsets)

/** The sum of two usages. A subset that only one of them has is kept unchanged. */
export function addUsage(a: TokenUsage, b: TokenUsage): TokenUsage {
  const sum: Writable<TokenUsage> = {
    input: a.input + b.input,
    output: a.output + b.output,
    total: a.total + b.total,
  }
  for (const subset of usageSubsets) {
    if (a[subset] !== undefined || b[subset] !== undefined) sum[subset] = (a[subset] ?? 0) + (b[subset] ?? 0)
  }
  return sum
}

/** Why this usage cannot be billed, or `undefined` if it can. */
export function usageProblem(usage: TokenUsage): string | undefined {
  if (typeof usage !== 'object' || usage === null) return 'usage must be an object { input, output, total }'
  const { input, output, total } = usage
  const problem =
    countProblem('input', input) ?? countProblem('output', output) ?? countProblem('total', total)
  if (problem !== undefined) return problem
  // Only the fields that it has: most usages have one or two.
  for (const name in usage) {
    const count = isSubset.has(name) ? usage[name as keyof TokenUsage] : undefined
    const subsetProblem = count === undefined ? undefined : countProblem(name, count)
    if (subsetProblem !== undefined) return subsetProblem
  }
  return input === 0 && output === 0 && total === 0 ? 'all token counts are zero' : undefined
}

function countProblem(field: string, count: unknown): string | undefined {
  if (Number.isSafeInteger(count) && (count as number) >= 0) return undefined
  return `${field} must be a whole number of tokens, 0 or more (got ${String(count)})`
}
