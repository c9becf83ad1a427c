import type { TokenUsage } from '@runtape/core'
import type { UsageCost } from '@runtape/core/store'
import { headOf, visibleText } from '@runtape/replay/report'
import { cutToWidth } from './width.ts'

/** Milliseconds for people: `3 ms`, `1.2 s`, `4.5 m`. */
export function showDuration(ms: number): string {
  if (ms < 1000) return `${ms < 10 ? Number(ms.toFixed(1)) : Math.round(ms)} ms`
  return ms < 60_000 ? `${(ms / 1000).toFixed(1)} s` : `${(ms / 60_000).toFixed(1)} m`
}

export const showCount = (count: number): string => count.toLocaleString('en-US')

/** A time in UTC, to the second. */
export const showTime = (at: number): string => new Date(at).toISOString().slice(0, 19).replace('T', ' ')

export const showTokens = ({ input, output }: TokenUsage): string =>
  `${showCount(input)} → ${showCount(output)}`

/** Small amounts with all significant digits; a negative amount is an adjustment. */
export function showCost({ nanoUsd, unpricedRuns }: UsageCost): string {
  const usd = Math.abs(nanoUsd) / 1e9
  const digits = usd === 0 || usd >= 1 ? 2 : Math.min(9, Math.max(2, 1 - Math.floor(Math.log10(usd))))
  return `${nanoUsd < 0 ? '-' : ''}$${usd.toFixed(digits)}${unpricedNote(unpricedRuns)}`
}

function unpricedNote(runs: number): string {
  if (runs === 0) return ''
  return ` (${showCount(Math.abs(runs))}${runs < 0 ? ' fewer' : ''} without a price)`
}

interface ShowTextOptions {
  /** Keeps leading spaces, and makes a carriage return at the end visible. */
  readonly keepIndent?: boolean
}

/**
 * Untrusted text on one line, without control sequences or invisible characters.
 *
 * @param width in columns
 */
export function showText(
  text: string,
  width = Number.POSITIVE_INFINITY,
  { keepIndent = false }: ShowTextOptions = {},
): string {
  const part = Number.isFinite(width) ? headOf(text, mostUnits + width * 32) : text
  const line = keepIndent
    ? visibleText(part.replaceAll('\t', '  ').replaceAll('\n', ' ')).trimEnd()
    : visibleText(part.replaceAll(/[\t-\r\u0085\u2028\u2029]+/g, ' ')).trim()
  return width === Number.POSITIVE_INFINITY ? line : cutToWidth(line, Math.max(0, width))
}

// More than any line shows; megabytes of text are not processed completely.
const mostUnits = 1000
