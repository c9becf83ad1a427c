import { type ListQuery, type Page, RuntapeError } from '@runtape/core'
import type { Checked } from '@runtape/core/store-helpers'

/** Where an item stands in a list, newest first. */
export type Position = readonly [time: number, id: string]

/** The page that the query asks for, newest first. */
export function pageOf<T>(
  items: readonly T[],
  positionOf: (item: T) => Position,
  { since = -Infinity, until = Infinity, limit = 50, cursor }: Checked<ListQuery>,
): Page<T> {
  const after = cursor === undefined ? undefined : decode(cursor)
  const left = items
    .map(item => ({ item, at: positionOf(item) }))
    .filter(({ at }) => at[0] >= since && at[0] < until && (!after || compare(at, after) > 0))
    .sort((a, b) => compare(a.at, b.at))
  const page = left.slice(0, limit)
  const last = page.at(-1)
  return {
    items: page.map(({ item }) => item),
    ...(last && left.length > page.length && { nextCursor: encode(last.at) }),
  }
}

function compare([timeA, idA]: Position, [timeB, idB]: Position): number {
  if (timeA !== timeB) return timeB - timeA
  if (idA === idB) return 0
  return idA < idB ? 1 : -1
}

const encode = (position: Position): string => Buffer.from(JSON.stringify(position)).toString('base64url')

function decode(cursor: string): Position {
  try {
    const [time, id] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as Position
    if (typeof time === 'number' && typeof id === 'string') return [time, id]
  } catch {
    // Said below, as of every other text that is none.
  }
  throw new RuntapeError(
    'invalid-option',
    'cursor is not one of this list. Pass nextCursor unchanged, or none.',
  )
}
