import type { Page } from '@runtape/core/store'
import {
  type CursorPlace,
  type CursorStep,
  isBackwards,
  pageOfFound as pageOf,
  type PageRead as Read,
} from '@runtape/core/store-helpers'
import { type Conditions, cursorParts, strangeCursor } from '../database/conditions.ts'
import type { SqlValue } from '../database/handle.ts'
import type { Revision } from '../history/revisions.ts'

export { type CursorPlace, isBackwards } from '@runtape/core/store-helpers'

/** The place where a page begins or ends, and the revision of all pages. */
export interface Cursor extends CursorPlace {
  readonly step: CursorStep
  readonly revision: Revision
}

const all = Number.MAX_SAFE_INTEGER

/** The revision of the cursors of older versions. */
const revisionOf = (mark: unknown, price: unknown, span: unknown, change: unknown): Revision => ({
  eventId: mark === 0 && span === undefined ? all : Number(mark),
  priceId: typeof price === 'number' ? price : all,
  spanId: typeof span === 'number' ? span : all,
  changeId: typeof change === 'number' ? change : all,
})

const steps = ['after', 'before', 'upTo'] as const satisfies readonly CursorStep[]

function encodeCursor(list: string, { time, id, step, revision }: Cursor): string {
  // JSON cannot represent infinite times, which older versions accepted.
  const place = time === null || Number.isFinite(time) ? time : String(time)
  const { eventId, priceId, spanId, changeId } = revision
  const parts = [list, place, id, eventId, priceId, spanId, changeId, steps.indexOf(step)]
  return Buffer.from(JSON.stringify(parts)).toString('base64url')
}

/** @throws {RuntapeError} `invalid-option` for a cursor that this list did not return */
export function decodeCursor(list: string, text: string | undefined): Cursor | undefined {
  if (text === undefined) return undefined
  const [of, place, id, mark, price, span, change, at = 0] = cursorParts(text)
  const time = place === 'Infinity' || place === '-Infinity' ? Number(place) : place
  const isPlace = typeof time === 'number' || time === null
  const step = steps[at as number]
  if (of === list && isPlace && typeof id === 'string' && typeof mark === 'number' && step !== undefined)
    return { time, id, step, revision: revisionOf(mark, price, span, change) }
  throw strangeCursor(list)
}

/** How a page is read: backwards if its cursor leads back. */
export interface PageRead extends Read {
  /** Name of the list in its cursors. */
  readonly name: string
  readonly cursor: Cursor | undefined
  readonly revision: Revision
}

/** The page of the found items, whose cursors contain the revision. */
export const pageOfFound = <T>(
  read: PageRead,
  found: readonly T[],
  placeOf: (item: T) => CursorPlace,
): Page<T> | undefined =>
  pageOf(read, found, placeOf, (step, { time, id }) =>
    encodeCursor(read.name, { time, id, step, revision: read.revision }),
  )

/** The order of a list. */
export interface ListOrder {
  /** The columns that it is sorted by; the last one is unique. */
  readonly columns: readonly string[]
  readonly isDescending: boolean
  /** The values of the columns at a place. */
  valuesAt(place: CursorPlace): readonly SqlValue[]
}

/** Adds the condition that a page begins at its cursor. Returns the SQL for the order of reading. */
export function fromCursor(read: PageRead, order: ListOrder, where: Conditions): string {
  const { columns, isDescending, valuesAt } = order
  const isDown = isBackwards(read) !== isDescending
  const { cursor } = read
  const sign = `${isDown ? '<' : '>'}${cursor?.step === 'upTo' ? '=' : ''}`
  if (cursor) {
    const values = valuesAt(cursor)
    where.add(`(${columns.join(', ')}) ${sign} (${values.map(() => '?').join(', ')})`, ...values)
  }
  return `ORDER BY ${columns.map(column => `${column} ${isDown ? 'DESC' : 'ASC'}`).join(', ')}`
}

/**
 * A page of a list that is read in one step.
 *
 * @param find returns up to one row more than the page has, in the order of reading
 */
export function pageOfRows<T>(
  read: PageRead,
  find: (read: PageRead) => readonly T[],
  placeOf: (row: T) => CursorPlace,
): Page<T> {
  return pageOfFound(read, find(read), placeOf) ?? pageOfRows({ ...read, cursor: undefined }, find, placeOf)
}
