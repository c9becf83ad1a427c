import type { RunFilter } from '@runtape/core'
import type { Checked } from '@runtape/core/store-helpers'
import type { Block } from '../rows/blocks.ts'
import type { ReadTexts } from '../rows/earlier-runs.ts'
import type { NumberColumn } from '../rows/rows-schema.ts'
import { feedbackCodes, outcomeCodes } from '../rows/run-row.ts'
import { segmentRows } from '../rows/segment-size.ts'

/** A condition on a number of a row. */
export interface Filter {
  readonly column: NumberColumn
  /** Inclusive range; absent if the number must be unknown. */
  readonly between?: readonly [least: number, most: number]
}

/**
 * The conditions under which a run matches, except for times and the trace. The most selective come first, by estimate.
 */
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

/** Whether a number passes; NaN means unknown. */
export const passes = ({ between }: Filter, value: number): boolean =>
  between ? value >= between[0] && value <= between[1] : Number.isNaN(value)

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
