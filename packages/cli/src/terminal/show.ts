import type { TokenUsage, UsageCost } from '@runtape/core'

/** Milliseconds as a person reads them: `3 ms`, `1.2 s`, `4.5 m`. */
export function showDuration(ms: number): string {
  if (ms < 1000) return `${ms < 10 ? Number(ms.toFixed(1)) : Math.round(ms)} ms`
  return ms < 60_000 ? `${(ms / 1000).toFixed(1)} s` : `${(ms / 60_000).toFixed(1)} m`
}

export const showCount = (count: number): string => count.toLocaleString('en-US')

/** A time in UTC, to the second. */
export const showTime = (at: number): string => new Date(at).toISOString().slice(0, 19).replace('T', ' ')

export const showTokens = ({ input, output }: TokenUsage): string =>
  `${showCount(input)} → ${showCount(output)}`

/** Small sums with as many digits as say something. */
export function showCost({ nanoUsd, unpricedRuns }: UsageCost): string {
  const usd = nanoUsd / 1e9
  const digits = usd === 0 || usd >= 1 ? 2 : Math.min(9, Math.max(2, 1 - Math.floor(Math.log10(usd))))
  return `$${usd.toFixed(digits)}${unpricedRuns > 0 ? ` (${showCount(unpricedRuns)} without a price)` : ''}`
}

/** Text from outside, on one line and without anything that a terminal would obey. */
export function showText(
  text: string,
  width = Number.POSITIVE_INFINITY,
  { keepIndent = false } = {},
): string {
  const plain = text.replaceAll(/[\p{Cc}\p{Cf}]+/gu, ' ')
  const line = keepIndent ? plain.trimEnd() : plain.trim()
  return line.length <= width ? line : `${line.slice(0, Math.max(0, width - 1))}…`
}
