import type { RunFilter } from '@runtape/core'
import type { Checked } from '@runtape/core/store-helpers'
import type { ReadTexts } from '../rows/earlier-runs.ts'
import type { NumberColumn } from '../rows/rows-schema.ts'
import { feedbackCodes, outcomeCodes } from '../rows/run-row.ts'

/** What a number of a row must be. */
export interface Filter {
  readonly column: NumberColumn
  /** Between these two, both included; absent for a number that must be unknown. */
  readonly between?: readonly [least: number, most: number]
}

/** What numbers of a row must be for its run to pass: those that most likely leave fewest rows come first. Times and the trace are not among them. */
export function filtersOf(query: Checked<RunFilter>, texts: ReadTexts): Filter[] {
  const { outcome, feedback, version } = query
  const idOf = (text: string | undefined) => (text === undefined ? undefined : texts.idOf(text))
  return [
    ...equal('context_key', idOf(query.contextKey)),
    ...(feedback === 'none' ? [{ column: 'feedback' } as const] : []),
    ...equal('feedback', feedback && feedback !== 'none' ? feedbackCodes[feedback] : undefined),
    ...equal('outcome', outcome && outcomeCodes[outcome]),
    ...equal('model', idOf(query.model)),
    ...equal('variation', idOf(query.variationKey)),
    ...equal('config', idOf(query.configKey)),
    ...equal('version', version),
    ...equal('provider', idOf(query.provider)),
    ...equal('context_kind', idOf(query.contextKind)),
    ...between('duration_ms', query.minDurationMs, query.maxDurationMs),
    ...between('total_tokens', query.minTokens, query.maxTokens),
    ...between('cost_nano_usd', query.minNanoUsd, query.maxNanoUsd),
  ]
}

const equal = (column: NumberColumn, value: number | undefined): Filter[] =>
  value === undefined ? [] : [{ column, between: [value, value] }]

const between = (column: NumberColumn, least?: number, most?: number): Filter[] =>
  least === undefined && most === undefined
    ? []
    : [{ column, between: [least ?? -Infinity, Math.min(most ?? Infinity, Number.MAX_SAFE_INTEGER)] }]

/** Whether a number, NaN if it is unknown, passes. */
export const passes = ({ between }: Filter, value: number): boolean =>
  between ? value >= between[0] && value <= between[1] : Number.isNaN(value)

/** Whether a time is from `since` to before `until`. */
export const isBetween = (at: number, since: number, until: number): boolean =>
  at >= since && (at < until || until === Infinity)
