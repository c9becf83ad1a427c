import { RuntapeError } from '../errors.ts'
import type { ListQuery, Page } from '../store/lists.ts'
import type { Checked } from './read-query.ts'

/** Position of an item in a list: its time or other sort value, then its id. */
export type Position = readonly [time: number | null, id: string]

/** Page of a cursor: items after its item, items before it, or items up to and including it. */
export type CursorStep = 'after' | 'before' | 'upTo'

interface Cursor {
  readonly place: Position
  readonly step: CursorStep
  /** The order of the list; absent for newest first. */
  readonly order?: string
  /** The point in history that all pages show; only the store interprets it. */
  readonly mark: number | string
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
  readonly mark: number | string
  /** Names the order in the cursor, so that another order refuses it. */
  readonly name?: string
}

/** A page of `items` in an order. */
export function pageInOrder<T>(
  items: readonly T[],
  order: PageOrder<T>,
  { limit = 50, cursor: text }: Pick<ListQuery, 'limit' | 'cursor'>,
): Page<T> {
  const { positionOf, compare, mark, name } = order
  const cursor = text === undefined ? undefined : decodeCursor(text, name)
  const sorted = items.toSorted((a, b) => compare(positionOf(a), positionOf(b)))
  const cursorTo = (step: CursorStep, place: Position) =>
    encodeCursor({ step, place, mark, ...(name !== undefined && { order: name }) })
  const isBefore = (item: T) =>
    cursor && compare(positionOf(item), cursor.place) < (cursor.step === 'upTo' ? 1 : 0)
  const isAfter = (item: T) => !cursor || compare(positionOf(item), cursor.place) > 0
  const earlier = cursor && cursor.step !== 'after' ? sorted.filter(isBefore) : []
  const isBack = earlier.length > 0
  const left = isBack ? earlier : cursor?.step === 'after' ? sorted.filter(isAfter) : sorted
  const found = isBack ? left.slice(-limit) : left.slice(0, limit)
  const ends = {
    found: found.map(positionOf),
    isMore: left.length > found.length,
    isBack,
    cursor: cursor?.place,
  }
  return { items: found, ...cursorsOf({ ...ends, isFirst: !isBack && cursor?.step !== 'after' }, cursorTo) }
}

/** The items that were read for a page. */
interface PageEnds<P> {
  /** The places of the items. */
  readonly found: readonly P[]
  /** Whether there are more items in the direction of reading. */
  readonly isMore: boolean
  /** Whether it was read backwards. */
  readonly isBack: boolean
  /** Whether it was read from the start of the list. */
  readonly isFirst: boolean
  /** The place of the cursor that led to it. */
  readonly cursor: P | undefined
}

/** The cursors of a page. A page that was reached through a cursor leads back, even if it is empty. */
export function cursorsOf<P>(
  { found, isMore, isBack, isFirst, cursor }: PageEnds<P>,
  cursorTo: (step: CursorStep, place: P) => string,
): Pick<Page<unknown>, 'nextCursor' | 'previousCursor'> {
  const [first, last] = [found[0], found.at(-1)]
  if (first === undefined || last === undefined)
    return isFirst || cursor === undefined ? {} : { previousCursor: cursorTo('upTo', cursor) }
  const hasPrevious = isBack ? isMore : !isFirst
  return {
    ...((isBack || isMore) && { nextCursor: cursorTo('after', last) }),
    ...(hasPrevious && { previousCursor: cursorTo('before', first) }),
  }
}

/** The place of an item in a list. */
export interface CursorPlace {
  /** Time, or another number that the list is sorted by; `null` if unknown. */
  readonly time: number | null
  readonly id: string
}

/** How a page was read: backwards if its cursor leads back. */
export interface PageRead {
  readonly limit: number
  readonly cursor: (CursorPlace & { readonly step: CursorStep }) | undefined
}

export const isBackwards = ({ cursor }: Pick<PageRead, 'cursor'>): boolean =>
  cursor !== undefined && cursor.step !== 'after'

/**
 * The page of the found items.
 *
 * @param found in the order of reading, with one item more than the page has if there are more
 * @returns `undefined` if nothing comes before the cursor: return the first page instead
 */
export function pageOfFound<T>(
  read: PageRead,
  found: readonly T[],
  placeOf: (item: T) => CursorPlace,
  cursorTo: (step: CursorStep, place: CursorPlace) => string,
): Page<T> | undefined {
  const { limit, cursor } = read
  const isBack = isBackwards(read)
  if (isBack && found.length === 0) return undefined
  const page = found.slice(0, limit)
  if (isBack) page.reverse()
  const ends = { found: page.map(placeOf), isMore: found.length > page.length, isBack, cursor }
  return { items: page, ...cursorsOf({ ...ends, isFirst: cursor === undefined }, cursorTo) }
}

/**
 * The mark that the first page put into the cursor, if there was a previous page.
 *
 * @param isMark whether a cursor may contain such a mark. Default: it is a number
 */
export function markOf<Mark extends number | string = number>(
  query: Pick<ListQuery, 'cursor'>,
  name?: string,
  isMark: (mark: unknown) => boolean = mark => typeof mark === 'number',
): Mark | undefined {
  if (query.cursor === undefined) return undefined
  const { mark } = decodeCursor(query.cursor, name)
  if (isMark(mark)) return mark as Mark
  throw strangeCursor()
}

const inTime = (time: number, { since = -Infinity, until = Infinity }: Checked<ListQuery>): boolean =>
  time >= since && time < until

export function compareNewestFirst([timeA, idA]: Position, [timeB, idB]: Position): number {
  if (timeA !== timeB) return (timeB ?? 0) - (timeA ?? 0)
  if (idA === idB) return 0
  return idA < idB ? 1 : -1
}

const encodeCursor = (cursor: Cursor): string => Buffer.from(JSON.stringify(cursor)).toString('base64url')

const steps: readonly unknown[] = ['after', 'before', 'upTo'] satisfies CursorStep[]

function decodeCursor(text: string, name: string | undefined): Cursor {
  try {
    const cursor = JSON.parse(Buffer.from(text, 'base64url').toString()) as Cursor
    const [place, id] = cursor.place
    const isPlace = typeof place === 'number' || (place === null && name !== undefined)
    if (isPlace && typeof id === 'string' && steps.includes(cursor.step) && cursor.order === name)
      return cursor
  } catch {
    // Reported below, like any other invalid text.
  }
  throw strangeCursor()
}

const strangeCursor = (): RuntapeError =>
  new RuntapeError(
    'invalid-option',
    'cursor was not returned by this list. Pass the nextCursor or previousCursor of a page unchanged, or none to start over.',
  )
