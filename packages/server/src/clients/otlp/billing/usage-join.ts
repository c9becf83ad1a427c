import type { TokenUsage } from '@runtape/core'
import { usageSubsets } from '@runtape/core/internal'

const counts = ['input', 'output', 'total', ...usageSubsets] as const

type Counted = Partial<Record<(typeof counts)[number], number>>

/** Per count, what `of` makes of both; absent if neither has it. */
function each(a: Counted, b: Counted, of: (a: number, b: number) => number): TokenUsage {
  const made: Counted = {}
  for (const name of counts)
    if (a[name] !== undefined || b[name] !== undefined) made[name] = of(a[name] ?? 0, b[name] ?? 0)
  return { input: 0, output: 0, total: 0, ...made }
}

/** What is true if both tell of the same tokens: the most that one of them says, of each count. */
export function most(a: TokenUsage | undefined, b: TokenUsage | undefined): TokenUsage | undefined {
  if (a === undefined || b === undefined) return a ?? b
  const joined = each(a, b, Math.max)
  return isSame(joined, a) || isSame(joined, b)
    ? joined
    : { ...joined, total: Math.max(joined.total, joined.input + joined.output) }
}

/** What is left of `a` without `b`; below zero where `b` is more. */
export const without = (a: TokenUsage | undefined, b: TokenUsage | undefined): TokenUsage =>
  each(a ?? {}, b ?? {}, (one, other) => one - other)

/** The part of `a` that is within `b`, never below zero. What `a` does not say stays unknown. */
export function within(a: TokenUsage, b: TokenUsage): TokenUsage {
  const part = each(a, b, (one, other) => Math.max(0, Math.min(one, other)))
  return Object.fromEntries(Object.entries(part).filter(([name]) => name in a)) as unknown as TokenUsage
}

export const isSame = (a: TokenUsage, b: TokenUsage): boolean =>
  counts.every(name => (a[name] ?? 0) === (b[name] ?? 0))

export const hasTokens = ({ input, output, total }: TokenUsage): boolean => input + output + total > 0

/** How much is above zero, of each count. */
export function surplusOf(usage: TokenUsage): TokenUsage | undefined {
  const surplus = each(usage, {}, one => Math.max(0, one))
  return counts.some(name => (surplus[name] ?? 0) > 0) ? surplus : undefined
}
