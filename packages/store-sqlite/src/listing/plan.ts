import type { RunQuery } from '@runtape/core/store'
import type { Checked } from '@runtape/core/store-helpers'
import type { Filter } from '../filtering/packed-filters.ts'
import { filtersOf, isBetween, passes } from '../filtering/run-filters.ts'
import type { Revision } from '../history/revisions.ts'
import type { ReadTexts } from '../rows/earlier-runs.ts'
import type { NumberColumn } from '../rows/rows-schema.ts'
import { decodeCursor, isBackwards, type PageRead } from './cursors.ts'

/** How a list is read. */
export interface Plan extends PageRead {
  /** The most selective filter first, by estimate. */
  readonly filters: readonly Filter[]
  readonly since: number
  /** `Infinity` if unlimited: older versions accepted infinite times. */
  readonly until: number
  readonly sortBy: NumberColumn
  /** The order of reading: opposite to that of the list if the page is read backwards. */
  readonly isAscending: boolean
}

/** A row in a list: the number that the list is sorted by (NaN if unknown), and the row's id. */
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
export function planOf(query: Checked<RunQuery>, texts: ReadTexts, revision: Revision): Plan {
  const { sort = 'time', order = 'descending', since = -Infinity, until = Infinity, limit = 50 } = query
  const name = cursorName(query)
  const cursor = decodeCursor(name, query.cursor)
  return {
    filters: filtersOf(query, texts),
    since,
    until,
    sortBy: sortColumns[sort],
    isAscending: (order === 'ascending') !== isBackwards({ cursor }),
    name,
    cursor,
    limit,
    revision: cursor?.revision ?? revision,
  }
}

/** Cursors are only valid for the same order. */
export function cursorName({ sort = 'time', order = 'descending' }: Checked<RunQuery>): string {
  return sort === 'time' && order === 'descending' ? 'runs' : `runs by ${sort}, ${order}`
}

/** Whether a row belongs to the list, on any page. */
export const isListed = (
  { filters, since, until }: Plan,
  row: Readonly<Record<NumberColumn, number | null>>,
): boolean =>
  isBetween(row.first_at ?? Number.NaN, since, until) &&
  filters.every(each => passes(each, row[each.column] ?? Number.NaN))

/** A sum that is not exact counts as unknown. */
export const sortValue = (value: number | null): number =>
  value === null || value > Number.MAX_SAFE_INTEGER ? Number.NaN : value

/**
 * Compares in the order of reading. In a list, unknown values come last; among equal values the newest row comes first.
 * Backwards, it is the other way round.
 */
export function compareIn(plan: Pick<Plan, 'isAscending' | 'cursor'>): (a: Place, b: Place) => number {
  const sign = plan.isAscending ? 1 : -1
  const turn = isBackwards(plan) ? -1 : 1
  return (a, b) => {
    if (a.value === b.value) return turn * (b.id - a.id)
    const [noA, noB] = [Number.isNaN(a.value), Number.isNaN(b.value)]
    if (noA || noB) return turn * (noA && noB ? b.id - a.id : noA ? 1 : -1)
    return sign * (a.value < b.value ? -1 : 1)
  }
}
