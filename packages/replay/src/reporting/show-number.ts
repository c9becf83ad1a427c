import type { TokenUsage } from '@runtape/core'

export const showCount = (count: number): string => count.toLocaleString('en-US')

export function showDuration(ms: number): string {
  if (ms < 1000) return `${ms < 10 ? Number(ms.toFixed(1)) : Math.round(ms)} ms`
  return ms < 60_000 ? `${(ms / 1000).toFixed(1)} s` : `${(ms / 60_000).toFixed(1)} m`
}

export const showTokens = ({ input, output }: TokenUsage): string =>
  `${showCount(input)} → ${showCount(output)}`

/** Billionths of a US dollar; small amounts with all significant digits. */
export function showUsd(nanoUsd: number): string {
  const usd = Math.abs(nanoUsd) / 1e9
  const digits = usd === 0 || usd >= 1 ? 2 : Math.min(9, Math.max(2, 1 - Math.floor(Math.log10(usd))))
  return `${nanoUsd < 0 ? '−' : ''}$${usd.toFixed(digits)}`
}

/** Relative change of a number: `+12 %`, or empty if it is undefined. */
export function showChange(before: number, after: number): string {
  if (before === 0 || before === after) return before === after ? '±0' : ''
  const percent = ((after - before) / before) * 100
  const rounded = Math.abs(percent) < 10 ? Number(percent.toFixed(1)) : Math.round(percent)
  return `${rounded > 0 ? '+' : rounded < 0 ? '−' : '±'}${showCount(Math.abs(rounded))} %`
}

/** A number with its sign; `show` formats the absolute value. */
export const showSigned = (number: number, show: (number: number) => string): string =>
  `${number > 0 ? '+' : number < 0 ? '−' : '±'}${show(Math.abs(number))}`
