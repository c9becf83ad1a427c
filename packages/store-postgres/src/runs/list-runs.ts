import type { ListedRun, Page, RunQuery, RunRow } from '@runtape/core/store'
import {
  type Checked,
  type CheckedRunQuery,
  type CursorPlace,
  isBackwards,
  runRow,
} from '@runtape/core/store-helpers'
import type { Database, Queries } from '../database/database.ts'
import { allOf, raw, type Sql, sql } from '../database/sql.ts'
import { compareKeys, keyText } from '../database/values.ts'
import { isDecidedByRows, listedCost, runConditions } from '../filtering/run-conditions.ts'
import { decodeCursor, type ListRead, listPage } from '../history/cursors.ts'
import { type Moment, markOf, momentOf, momentOfMark } from '../history/moment.ts'
import { previewsOf } from './previews.ts'
import { changedRuns, isUnchanged, passingOf, runsAtOnce } from './runs-at.ts'

type Query = Checked<RunQuery>

/** A page of `runs.list`. Later pages show the runs as of the first page, so new events do not move any run. */
export async function listRuns(
  database: Database,
  { fields, ...query }: CheckedRunQuery,
): Promise<Page<ListedRun>> {
  const order = orderOf(query)
  const cursor = decodeCursor(order.list, query.cursor)
  const moment = cursor ? momentOfMark(cursor.mark) : await momentOf(database, query.asOf)
  return database.read(async queries => {
    const mark = cursor?.mark ?? (await markOf(queries, moment))
    const read = { list: order.list, limit: query.limit ?? 50, cursor, mark }
    const reading = { query, order, moment, read }
    const first = { ...reading, read: { ...read, cursor: undefined } }
    const page = (await readPage(queries, reading)) ?? (await readPage(queries, first)) ?? { items: [] }
    return fields === 'row'
      ? { ...page, items: page.items.map(runRow) as readonly RunRow[] as ListedRun[] }
      : page
  })
}

/** The order of a list. */
interface Order {
  /** Names the order in cursors. */
  readonly list: string
  /** The number that it is sorted by, and when it is known. */
  readonly column: string
  readonly isKnown: Sql
  readonly isAscending: boolean
  valueOf(run: ListedRun): number | undefined
}

const columns = {
  time: { column: 'first_at', isKnown: raw('run.first_at IS NOT NULL'), valueOf: run => run.firstAt },
  cost: {
    column: 'nano_usd',
    isKnown: sql`run.nano_usd IS NOT NULL AND ${listedCost}`,
    valueOf: run => run.nanoUsd,
  },
  tokens: {
    column: 'total_tokens',
    isKnown: raw('run.total_tokens IS NOT NULL'),
    valueOf: run => run.tokens?.total,
  },
  duration: {
    column: 'duration_ms',
    isKnown: raw('run.duration_ms IS NOT NULL'),
    valueOf: ({ metrics: { duration } }) => (typeof duration === 'number' ? duration : undefined),
  },
} satisfies Record<NonNullable<RunQuery['sort']>, Omit<Order, 'list' | 'isAscending'>>

function orderOf({ sort = 'time', order = 'descending' }: Query): Order {
  return { ...columns[sort], isAscending: order === 'ascending', list: `runs by ${sort} ${order}` }
}

interface Reading {
  readonly query: Query
  readonly order: Order
  readonly moment: Moment
  readonly read: ListRead
}

/** A run with its place in the list. */
interface Found {
  readonly run: ListedRun
  readonly place: CursorPlace
}

async function readPage(queries: Queries, reading: Reading): Promise<Page<ListedRun> | undefined> {
  const { read, moment } = reading
  const isAfter = isPast(reading)
  const earlier = (await changedRuns(queries, reading.query, moment))
    .map(run => foundOf(reading.order, run))
    .filter(({ place }) => isAfter(place))
  const unchanged = await readUnchanged(queries, reading)
  const compare = comparing(reading)
  const all = [...earlier, ...unchanged].sort((a, b) => compare(a.place, b.place))
  const page = listPage(read, all.slice(0, read.limit + 1), ({ place }) => place)
  if (page === undefined) return undefined
  const runs = page.items.map(({ run }) => run)
  const previews = await previewsOf(queries, runs, moment)
  const items = runs.map(run => {
    const preview = previews.get(run.runId)
    return preview ? { ...run, preview } : run
  })
  return { ...page, items }
}

const foundOf = ({ valueOf }: Order, run: ListedRun): Found => ({
  run,
  place: { time: valueOf(run) ?? null, id: keyText(run.runId) },
})

/** Compares places in the order of reading. */
function comparing({ order, read }: Reading): (a: CursorPlace, b: CursorPlace) => number {
  const [sign, direction] = [order.isAscending ? 1 : -1, isBackwards(read) ? -1 : 1]
  return (a, b) => {
    if (a.time !== b.time) {
      if (a.time === null || b.time === null) return direction * (a.time === null ? 1 : -1)
      return direction * sign * (a.time - b.time)
    }
    return direction * compareKeys(b.id, a.id)
  }
}

/** Whether a place comes after the cursor in the order of reading. */
function isPast(reading: Reading): (place: CursorPlace) => boolean {
  const { cursor } = reading.read
  if (cursor === undefined) return () => true
  const compare = comparing(reading)
  return place => compare(place, cursor) > (cursor.step === 'upTo' ? -1 : 0)
}

/** The first runs after the cursor whose rows are as they were, one more than the page has. */
async function readUnchanged(queries: Queries, reading: Reading): Promise<Found[]> {
  const { read, query, moment, order } = reading
  const found: Found[] = []
  let from: Start | undefined = read.cursor && { ...read.cursor, isInclusive: read.cursor.step === 'upTo' }
  for (;;) {
    const most = isDecidedByRows(query) ? read.limit + 1 - found.length : runsAtOnce
    const rows = await nextRows(queries, reading, from, most)
    const runs = await passingOf(
      queries,
      rows.map(({ run_id }) => run_id),
      query,
      moment,
    )
    const byKey = new Map(runs.map(run => [keyText(run.runId), run]))
    for (const { run_id } of rows) {
      const run = byKey.get(run_id)
      if (run) found.push(foundOf(order, run))
    }
    const last = rows.at(-1)
    if (last === undefined || rows.length < most || found.length > read.limit) return found
    from = { time: last.value, id: last.run_id, isInclusive: false }
  }
}

interface Start extends CursorPlace {
  readonly isInclusive: boolean
}

interface PlaceRow {
  readonly run_id: string
  readonly value: number | null
}

/** Runs of known values come first, or last when reading backwards. An index serves each part in its order. */
async function nextRows(
  queries: Queries,
  reading: Reading,
  from: Start | undefined,
  most: number,
): Promise<PlaceRow[]> {
  const isBack = isBackwards(reading.read)
  const parts = isBack ? [false, true] : [true, false]
  const rows: PlaceRow[] = []
  for (const isKnown of parts) {
    if (rows.length >= most) break
    const comesLater =
      from === undefined || (from.time !== null) === isKnown || (from.time !== null) !== isBack
    if (!comesLater) continue
    const isIn = from !== undefined && (from.time !== null) === isKnown
    rows.push(
      ...(await partRows(queries, reading, isIn ? from : undefined, { isKnown, most: most - rows.length })),
    )
  }
  return rows
}

async function partRows(
  queries: Queries,
  { query, order, moment, read }: Reading,
  from: Start | undefined,
  { isKnown, most }: { readonly isKnown: boolean; readonly most: number },
): Promise<PlaceRow[]> {
  const isBack = isBackwards(read)
  const [byValue, byId] = [order.isAscending !== isBack ? 'ASC' : 'DESC', isBack ? 'ASC' : 'DESC']
  const value = raw(`run.${order.column}`)
  const sort = isKnown ? sql`${value} ${raw(byValue)}, run_id ${raw(byId)}` : sql`run_id ${raw(byId)}`
  return queries.rows<PlaceRow>(
    sql`SELECT run_id, ${isKnown ? sql`${value}::float8` : raw('NULL::float8')} AS value FROM @runs AS run
      WHERE ${allOf([
        runConditions(query),
        isUnchanged(moment),
        isKnown ? order.isKnown : sql`(${order.isKnown}) IS NOT TRUE`,
        from && isBeyond(value, from, { byValue, byId, isKnown }),
      ])}
      ORDER BY ${sort} LIMIT ${most}::bigint`,
  )
}

interface Direction {
  readonly byValue: string
  readonly byId: string
  readonly isKnown: boolean
}

function isBeyond(value: Sql, { time, id, isInclusive }: Start, { byValue, byId, isKnown }: Direction): Sql {
  const comes = (direction: string) => raw(direction === 'ASC' ? '>' : '<')
  const byIds = sql`run_id ${comes(byId)}${raw(isInclusive ? '=' : '')} ${id}`
  if (!isKnown) return byIds
  return sql`(${value} ${comes(byValue)} ${time} OR (${value} = ${time} AND ${byIds}))`
}
