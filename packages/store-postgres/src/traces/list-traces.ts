import type { SpanRecord } from '@runtape/core'
import type { Page, TraceQuery, TraceSummary } from '@runtape/core/store'
import { type Checked, type CursorPlace, isBackwards, traceSummary } from '@runtape/core/store-helpers'
import type { Database, Queries } from '../database/database.ts'
import { allOf, raw, type Sql, sql } from '../database/sql.ts'
import { decodeCursor, type ListRead, listPage } from '../history/cursors.ts'
import { type Moment, markOf, momentOf, momentOfMark } from '../history/moment.ts'
import { spanOfRow } from '../records/span-rows.ts'
import { matchingRoots } from './matching-traces.ts'
import { rootConditions } from './root-conditions.ts'

type Query = Checked<TraceQuery>

interface Reading {
  readonly query: Query
  readonly moment: Moment
  readonly read: ListRead
}

/** A page of `traces.list`. Later pages show the traces as of the first page. */
export async function listTraces(database: Database, query: Query): Promise<Page<TraceSummary>> {
  const cursor = decodeCursor('traces', query.cursor)
  const moment = cursor ? momentOfMark(cursor.mark) : await momentOf(database, query.asOf)
  return database.read(async queries => {
    const mark = cursor?.mark ?? (await markOf(queries, moment))
    const read = { list: 'traces', limit: query.limit ?? 50, cursor, mark }
    const page = await readPage(queries, { query, moment, read })
    if (page) return page
    const first = { ...read, cursor: undefined }
    return (await readPage(queries, { query, moment, read: first })) ?? { items: [] }
  })
}

async function readPage(queries: Queries, reading: Reading): Promise<Page<TraceSummary> | undefined> {
  const page = listPage(reading.read, await findRoots(queries, reading), placeOf)
  return page && { ...page, items: page.items.map(traceSummary) }
}

const placeOf = ({ startedAt, traceId }: SpanRecord): CursorPlace => ({ time: startedAt, id: traceId })

/** Number of roots that a filter looks at in one step. */
const rootsAtOnce = 200

/** The first roots after the cursor, one more than the page has. */
async function findRoots(queries: Queries, reading: Reading): Promise<SpanRecord[]> {
  const { read, query, moment } = reading
  const { where, testRunId } = query
  const found: SpanRecord[] = []
  let from: Start | undefined = read.cursor && { ...read.cursor, isInclusive: read.cursor.step === 'upTo' }
  for (;;) {
    const most = where === undefined ? read.limit + 1 - found.length : rootsAtOnce
    const roots = await nextRoots(queries, reading, from, most)
    const isReplay = testRunId !== undefined
    found.push(...(where ? await matchingRoots(queries, roots, { where, isReplay, moment }) : roots))
    const last = roots.at(-1)
    if (last === undefined || roots.length < most || found.length > read.limit)
      return found.slice(0, read.limit + 1)
    from = { ...placeOf(last), isInclusive: false }
  }
}

interface Start extends CursorPlace {
  readonly isInclusive: boolean
}

/** Roots without payloads. */
async function nextRoots(
  queries: Queries,
  { read, query, moment }: Reading,
  from: Start | undefined,
  most: number,
): Promise<SpanRecord[]> {
  const isBack = isBackwards(read)
  const order = raw(isBack ? 'ASC' : 'DESC')
  const rows = await queries.rows<{ record: string }>(
    sql`SELECT root.record FROM @spans AS root
      WHERE ${allOf([rootConditions(query, moment), from && isBeyond(from, isBack)])}
      ORDER BY root.started_at ${order}, root.trace_id ${order} LIMIT ${most}::bigint`,
  )
  return rows.map(({ record }) => spanOfRow({ record, input: null, output: null, error: null }))
}

const isBeyond = ({ time, id, isInclusive }: Start, isBack: boolean): Sql =>
  sql`(root.started_at, root.trace_id) ${raw(`${isBack ? '>' : '<'}${isInclusive ? '=' : ''}`)} (${time}::float8, ${id}::text)`
