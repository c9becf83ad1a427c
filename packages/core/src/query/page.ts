import { RuntapeError } from '../errors.ts'
import type { ListQuery, Page } from '../store/lists.ts'
import type { Checked } from './read-query.ts'

/** Position of an item in a list: its time or other sort value, then its id. */
export type Position = readonly [time: number | null, id: string]

interface Cursor {
  readonly after: Position
  /** The order of the list; absent for newest first. */
  readonly order?: string
  /** Number of events when the first page was read. */
  readonly mark: number
}

/** A page of `items`, newest first; `mark` goes into the cursor, and `markOf` returns it again. */
export function pageOf<T>(
  items: readonly T[],
  positionOf: (item: T) => Position,
  query: Checked<ListQuery>,
  mark = 0,
): Page<T> {
  const wanted = items.filter(item => inTime(positionOf(item)[0] ?? Number.NaN, query))
  return pageInOrder(wanted, { positionOf, compare: compareNewestFirst, mark }, query)
}

export interface PageOrder<T> {
  positionOf(item: T): Position
  compare(a: Position, b: Position): number
  readonly mark: number
  /** Names the order in the cursor, so that another order refuses it. */
  readonly name?: string
}

/** A page of `items` in an order. */
export function pageInOrder<T>(
  items: readonly T[],
  { positionOf, compare, mark, name }: PageOrder<T>,
  { limit = 50, cursor }: Pick<ListQuery, 'limit' | 'cursor'>,
): Page<T> {
  const after = cursor === undefined ? undefined : decodeCursor(cursor, name).after
  const left = items
    .filter(item => after === undefined || compare(positionOf(item), after) > 0)
    .sort((a, b) => compare(positionOf(a), positionOf(b)))
  const page = left.slice(0, limit)
  const last = page.at(-1)
  if (last === undefined || left.length === page.length) return { items: page }
  const next = { after: positionOf(last), mark, ...(name !== undefined && { order: name }) }
  return { items: page, nextCursor: encodeCursor(next) }
}

/** The mark that the first page put into the cursor, if there was a previous page. */
export const markOf = (query: Pick<ListQuery, 'cursor'>, name?: string): number | undefined =>
  query.cursor === undefined ? undefined : decodeCursor(query.cursor, name).mark

const inTime = (time: number, { since = -Infinity, until = Infinity }: Checked<ListQuery>): boolean =>
  time >= since && time < until

export function compareNewestFirst([timeA, idA]: Position, [timeB, idB]: Position): number {
  if (timeA !== timeB) return (timeB ?? 0) - (timeA ?? 0)
  if (idA === idB) return 0
  return idA < idB ? 1 : -1
}

const encodeCursor = (cursor: Cursor): string => Buffer.from(JSON.stringify(cursor)).toString('base64url')

function decodeCursor(text: string, name: string | undefined): Cursor {
  try {
    const cursor = JSON.parse(Buffer.from(text, 'base64url').toString()) as Cursor
    const [place, id] = cursor.after
    const isPlace = typeof place === 'number' || (place === null && name !== undefined)
    if (isPlace && typeof id === 'string' && cursor.order === name) return cursor
  } catch {
    // Reported below, like any other invalid text.
  }
  throw new RuntapeError(
    'invalid-option',
    'cursor was not returned by this list. Pass the nextCursor of the previous page unchanged, or none to start over.',
  )
}
