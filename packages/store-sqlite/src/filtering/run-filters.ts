import type { RunFilter } from '@runtape/core/store'
import type { Checked } from '@runtape/core/store-helpers'
import type { Block } from '../rows/blocks.ts'
import type { ReadTexts } from '../rows/earlier-runs.ts'
import type { NumberColumn } from '../rows/rows-schema.ts'
import { feedbackCodes, outcomeCodes } from '../rows/run-row.ts'
import { segmentRows } from '../rows/segment-size.ts'
import { type Filter, packedFilters } from './packed-filters.ts'

/** The most selective columns come first, by estimate. */
const bySelection: readonly NumberColumn[] = [
  ...(['context_key', 'feedback', 'outcome', 'model', 'variation', 'config', 'version'] as const),
  ...(['provider', 'context_kind'] as const),
]

/**
 * The conditions of a query that columns can answer, without times and named runs. The most selective come first, by
 * estimate.
 */
export function filtersOf(query: Checked<RunFilter>, texts: ReadTexts): Filter[] {
  const { outcome, feedback, version, where = [] } = query
  const idOf = (text: string | undefined) => (text === undefined ? undefined : texts.idOf(text))
  const filters = [
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
    ...packedFilters(where, texts),
  ]
  return where.length === 0 ? filters : filters.sort((a, b) => rank(a) - rank(b))
}

const rank = ({ column, between }: Filter): number => {
  const at = bySelection.indexOf(column)
  return (at === -1 ? bySelection.length : at) + (between && between[0] === between[1] ? 0 : 100)
}

const equal = (column: NumberColumn, value: number | undefined): Filter[] =>
  value === undefined ? [] : [{ column, between: [value, value] }]

const between = (column: NumberColumn, least?: number, most?: number): Filter[] =>
  least === undefined && most === undefined
    ? []
    : [{ column, between: [least ?? -Infinity, Math.min(most ?? Infinity, Number.MAX_SAFE_INTEGER)] }]

/** Whether a number passes; NaN means unknown. */
export function passes({ between, test }: Filter, value: number): boolean {
  if (between) return value >= between[0] && value <= between[1]
  return test ? test(value) : Number.isNaN(value)
}

/** Whether a time is in the range from `since` up to, but not including, `until`. */
export const isBetween = (at: number, since: number, until: number): boolean =>
  at >= since && (at < until || until === Infinity)

const isWanted = new Uint8Array(segmentRows)

/** 1 for each run of the block that matches. Valid until the next block. */
export function runsOfBlock(
  block: Block,
  query: Checked<Pick<RunFilter, 'since' | 'until'>>,
  filters: readonly Filter[],
): Uint8Array {
  const { since = -Infinity, until = Infinity } = query
  const times = block.column('first_at')
  for (let place = 0; place < block.size; place++)
    isWanted[place] = isBetween(times[place] as number, since, until) ? 1 : 0
  for (const filter of filters) {
    const values = block.column(filter.column)
    for (let place = 0; place < block.size; place++)
      if (isWanted[place] === 1 && !passes(filter, values[place] as number)) isWanted[place] = 0
  }
  return isWanted
}
