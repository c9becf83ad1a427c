import type { RunQuery } from '@runtape/core'
import type { Checked } from '@runtape/core/store-helpers'
import { type Cursor, decodeCursor } from '../database/conditions.ts'
import type { ReadTexts } from '../rows/earlier-runs.ts'
import type { NumberColumn } from '../rows/rows-schema.ts'
import { feedbackCodes, outcomeCodes } from '../rows/run-row.ts'

/** What a number of a row must be. */
export interface Filter {
  readonly column: NumberColumn
  /** Between these two, both included; absent for a number that must be unknown. */
  readonly between?: readonly [least: number, most: number]
}

/** How a list is found. */
export interface Plan {
  /** The rarest first, most likely. */
  readonly filters: readonly Filter[]
  readonly since: number
  /** `Infinity` for none: older versions took infinite times. */
  readonly until: number
  readonly sortBy: NumberColumn
  readonly isAscending: boolean
  /** The list's name in its cursors. */
  readonly name: string
  readonly cursor: Cursor | undefined
  readonly limit: number
}

/** A row in a list: the number that the list is in order of (NaN if it is unknown), and the row's id. */
export interface Place {
  readonly value: number
  readonly id: number
}

const sortColumns = {
  time: 'first_at',
  cost: 'cost_nano_usd',
  tokens: 'total_tokens',
  duration: 'duration_ms',
} as const satisfies Record<NonNullable<RunQuery['sort']>, NumberColumn>

/** @throws {RuntapeError} `invalid-option` for a cursor of another list */
export function planOf(query: Checked<RunQuery>, texts: ReadTexts): Plan {
  const { sort = 'time', order = 'descending', since = -Infinity, until = Infinity, limit = 50 } = query
  const name = cursorName(query)
  return {
    filters: filtersOf(query, texts),
    since,
    until,
    sortBy: sortColumns[sort],
    isAscending: order === 'ascending',
    name,
    cursor: decodeCursor(name, query.cursor),
    limit,
  }
}

/** A cursor of one order is of no use in another. */
export function cursorName({ sort = 'time', order = 'descending' }: Checked<RunQuery>): string {
  return sort === 'time' && order === 'descending' ? 'runs' : `runs by ${sort}, ${order}`
}

function filtersOf(query: Checked<RunQuery>, texts: ReadTexts): Filter[] {
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

/** Whether a row is in the list, whatever its place. */
export const isListed = (
  { filters, since, until }: Plan,
  row: Readonly<Record<NumberColumn, number | null>>,
): boolean =>
  isBetween(row.first_at ?? Number.NaN, since, until) &&
  filters.every(each => passes(each, row[each.column] ?? Number.NaN))

/** A sum that is not exact is not known. */
export const sortValue = (value: number | null): number =>
  value === null || value > Number.MAX_SAFE_INTEGER ? Number.NaN : value

/** The order of the list: what is unknown comes last, and of equal ones the newest row first. */
export function compareIn({ isAscending }: Pick<Plan, 'isAscending'>): (a: Place, b: Place) => number {
  const sign = isAscending ? 1 : -1
  return (a, b) => {
    if (a.value === b.value) return b.id - a.id
    const [noA, noB] = [Number.isNaN(a.value), Number.isNaN(b.value)]
    if (noA || noB) return noA && noB ? b.id - a.id : noA ? 1 : -1
    return sign * (a.value < b.value ? -1 : 1)
  }
}
