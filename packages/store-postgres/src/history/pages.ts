import type { Page, Revision } from '@runtape/core/store'
import { type CursorPlace, isBackwards } from '@runtape/core/store-helpers'
import type { Database, Queries } from '../database/database.ts'
import { raw, type Sql, sql } from '../database/sql.ts'
import { decodeCursor, type ListRead, listPage } from './cursors.ts'
import { type Moment, markOf, momentOf, momentOfMark } from './moment.ts'

/** A list that is read in pages. */
export interface PagedList<Row> {
  readonly list: string
  readonly limit: number
  readonly cursor?: string | undefined
  readonly asOf?: Revision | number | undefined
  /** The rows after the place of the read in its order, at most `limit + 1`. */
  readonly find: (queries: Queries, moment: Moment, read: ListRead) => Promise<Row[]>
  readonly placeOf: (row: Row) => CursorPlace
}

/**
 * A page of a list. Later pages show the moment of the first.
 *
 * @param finish completes the rows of the page, in the transaction that read them
 */
export async function pageAt<Row, Item>(
  database: Database,
  paged: PagedList<Row>,
  finish: (queries: Queries, moment: Moment, rows: readonly Row[]) => Promise<Item[]> | Item[],
): Promise<Page<Item>> {
  const cursor = decodeCursor(paged.list, paged.cursor)
  const moment = cursor ? momentOfMark(cursor.mark) : await momentOf(database, paged.asOf)
  return database.read(async queries => {
    const mark = cursor?.mark ?? (await markOf(queries, moment))
    const read: ListRead = { list: paged.list, limit: paged.limit, cursor, mark }
    const pageOf = async (part: ListRead) =>
      listPage(part, await paged.find(queries, moment, part), paged.placeOf)
    const page = (await pageOf(read)) ?? (await pageOf({ ...read, cursor: undefined })) ?? { items: [] }
    return { ...page, items: await finish(queries, moment, page.items) }
  })
}

/** The column of a list's order, and its value at a place. */
export interface OrderColumn {
  readonly column: string
  /** With its type, such as `${id}::bigint`. */
  readonly at: (place: CursorPlace) => Sql
}

/** How a page is read from a table, in an order in which all columns rise or all fall. */
export function orderOf(
  read: ListRead,
  columns: readonly OrderColumn[],
  isDescending: boolean,
): { readonly isBeyond: Sql | undefined; readonly order: Sql } {
  const { cursor } = read
  const falls = isDescending !== isBackwards(read)
  const names = columns.map(({ column }) => column)
  const order = raw(names.map(name => `${name} ${falls ? 'DESC' : 'ASC'}`).join(', '))
  if (!cursor) return { isBeyond: undefined, order }
  const compare = raw(`${falls ? '<' : '>'}${cursor.step === 'upTo' ? '=' : ''}`)
  const [first, ...others] = columns.map(({ at }) => at(cursor))
  const values = others.reduce((all, next) => sql`${all}, ${next}`, first ?? raw(''))
  return { isBeyond: sql`(${raw(names.join(', '))}) ${compare} (${values})`, order }
}
