import { RuntapeError } from '../errors.ts'
import type { ListQuery, Page } from '../store.ts'
import type { Checked } from './read-query.ts'

/** Where an item stands in a list, newest first: its time, then its id. */
export type Position = readonly [time: number, id: string]

interface Cursor {
  readonly after: Position
  /** How many events were there when the first page was read. */
  readonly mark: number
}

/** A page of `items`; `mark` goes into the cursor and is handed out again by `markOf`. */
export function pageOf<T>(
  items: readonly T[],
  positionOf: (item: T) => Position,
  query: Checked<ListQuery>,
  mark = 0,
): Page<T> {
  const { limit = 50 } = query
  const cursor = query.cursor === undefined ? undefined : decodeCursor(query.cursor)
  const left = items
    .filter(item => inTime(positionOf(item)[0], query))
    .filter(item => cursor === undefined || compareNewestFirst(positionOf(item), cursor.after) > 0)
    .sort((a, b) => compareNewestFirst(positionOf(a), positionOf(b)))
  const page = left.slice(0, limit)
  const last = page.at(-1)
  if (last === undefined || left.length === page.length) return { items: page }
  return { items: page, nextCursor: encodeCursor({ after: positionOf(last), mark }) }
}

/** The mark that the first page put into the cursor, if there was a page before. */
export const markOf = (query: Pick<ListQuery, 'cursor'>): number | undefined =>
  query.cursor === undefined ? undefined : decodeCursor(query.cursor).mark

const inTime = (time: number, { since = -Infinity, until = Infinity }: Checked<ListQuery>): boolean =>
  time >= since && time < until

function compareNewestFirst([timeA, idA]: Position, [timeB, idB]: Position): number {
  if (timeA !== timeB) return timeB - timeA
  if (idA === idB) return 0
  return idA < idB ? 1 : -1
}

const encodeCursor = (cursor: Cursor): string => Buffer.from(JSON.stringify(cursor)).toString('base64url')

function decodeCursor(text: string): Cursor {
  try {
    const cursor = JSON.parse(Buffer.from(text, 'base64url').toString()) as Cursor
    if (typeof cursor.after[0] === 'number' && typeof cursor.after[1] === 'string') return cursor
  } catch {
    // Said below, as of every other text that is none.
  }
  throw new RuntapeError(
    'invalid-option',
    'cursor is not one that this list gave out. Pass the nextCursor of the page before unchanged, or none to start over.',
  )
}
