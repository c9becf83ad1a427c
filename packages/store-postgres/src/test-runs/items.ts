import type { Item, ItemReceipt, ItemRecord, ItemRow, LateItem, Page, Store } from '@runtape/core/store'
import {
  type CheckedItemQuery,
  itemJson,
  itemRow,
  readAsOf,
  readItem,
  readItemIdentity,
  readItemQuery,
  sameJson,
  wholeItem,
  withLate,
} from '@runtape/core/store-helpers'
import { noteChange } from '../changes/note-change.ts'
import type { Database, Queries } from '../database/database.ts'
import { allOf, raw, type Sql, sql } from '../database/sql.ts'
import { keyText } from '../database/values.ts'
import { isMarked, isReceived, type Moment, momentOf, now } from '../history/moment.ts'
import { orderOf, pageAt } from '../history/pages.ts'
import { receivedNow } from '../history/received-now.ts'
import { isErased, requireTestRun } from './known-test-run.ts'

type ItemQueries = Pick<Store['testRuns'], 'putItem' | 'putLate' | 'items' | 'item'>
type Identity = ReturnType<typeof readItemIdentity>

interface StoredItem {
  readonly id: number
  readonly item: string
  readonly late: string | null
}

/** The part of `testRuns` for items. */
export const itemQueries = (database: Database): ItemQueries => ({
  putItem: async (testRunId, given) => {
    const json = itemJson(given)
    return database.write(queries => putItem(queries, testRunId, json), ['append', 'shared'])
  },
  putLate: async (testRunId, given) => {
    const late = readItem(given)
    return database.write(queries => putLate(queries, testRunId, late), ['append', 'shared'])
  },
  items: async (testRunId, given) => {
    const query = readItemQuery(given)
    const key = await database.read(queries => requireTestRun(queries, testRunId))
    return pageOfItems(database, key, query)
  },
  item: async (testRunId, identity, options): Promise<Item | undefined> => {
    const { asOf } = readAsOf('testRuns.item', options)
    const wanted = readItemIdentity(identity)
    const moment = await momentOf(database, asOf)
    const stored = await database.read(async queries =>
      storedItem(queries, await requireTestRun(queries, testRunId), { wanted, moment }),
    )
    return stored && wholeItem(itemOf(stored))
  },
})

async function putItem(queries: Queries, testRunId: string, json: string): Promise<ItemReceipt> {
  const key = await requireTestRun(queries, testRunId)
  const item = JSON.parse(json) as ItemRecord
  const { sourceTraceId, sourceSpanId, attempt } = readItemIdentity(item)
  if (await isErased(queries, [sourceTraceId, item.traceId])) return { status: 'duplicate' }
  const added = await queries.run(
    sql`INSERT INTO @items (
        id, received_at, test_run_id, source_trace_id, source_span_id, attempt, trace_id, outcome, listed, item
      ) VALUES (
        nextval('@ids'), ${receivedNow}, ${key}, ${keyText(sourceTraceId)}, ${keyText(sourceSpanId)}, ${attempt},
        ${item.traceId && keyText(item.traceId)}, ${item.outcome}, ${JSON.stringify(itemRow(item))}, ${json}
      ) ON CONFLICT (test_run_id, source_trace_id, source_span_id, attempt) DO NOTHING`,
  )
  if (added > 0) {
    await noteChange(queries, 'item', testRunId)
    return { status: 'accepted' }
  }
  const wanted = { sourceTraceId, sourceSpanId, attempt }
  const known = await storedItem(queries, key, { wanted, moment: now })
  return { status: known && sameJson(JSON.parse(known.item), item) ? 'duplicate' : 'conflict' }
}

async function putLate(queries: Queries, testRunId: string, late: LateItem): Promise<ItemReceipt> {
  const key = await requireTestRun(queries, testRunId)
  const wanted = readItemIdentity(late)
  const stored = await storedItem(queries, key, { wanted, moment: now, isLocked: true })
  // Its trace was erased, or it could not be written.
  if (!stored) return { status: 'duplicate' }
  if (stored.late !== null)
    return { status: sameJson(JSON.parse(stored.late), late) ? 'duplicate' : 'conflict' }
  const whole = withLate(itemOf(stored), late)
  await queries.run(
    sql`UPDATE @items SET late_xid = @current_xid(), late_received_at = ${receivedNow},
      late_outcome = ${late.outcome}, late_listed = ${JSON.stringify(itemRow(whole))}, late = ${JSON.stringify(late)}
      WHERE id = ${stored.id}`,
  )
  await noteChange(queries, 'item', testRunId)
  return { status: 'accepted' }
}

interface Wanted {
  readonly wanted: Identity
  readonly moment: Moment
  /** Others that lock it wait until the transaction ends. */
  readonly isLocked?: boolean
}

async function storedItem(
  queries: Queries,
  key: string,
  { wanted, moment, isLocked }: Wanted,
): Promise<StoredItem | undefined> {
  const { sourceTraceId, sourceSpanId, attempt } = wanted
  const [row] = await queries.rows<StoredItem>(
    sql`SELECT id, item, CASE WHEN ${isMarked(moment, 'one', 'late')} THEN late END AS late FROM @items AS one
      WHERE test_run_id = ${key} AND source_trace_id = ${keyText(sourceTraceId)}
        AND source_span_id = ${keyText(sourceSpanId)} AND attempt = ${attempt}
        AND ${isReceived(moment, 'one')} ${raw(isLocked ? 'FOR UPDATE' : '')}`,
  )
  return row
}

function itemOf({ item, late }: StoredItem): ItemRecord {
  const record = JSON.parse(item) as ItemRecord
  return late === null ? record : withLate(record, JSON.parse(late) as LateItem)
}

/** How an item had ended at a moment. */
export const outcomeAt = (moment: Moment): Sql =>
  sql`CASE WHEN ${isMarked(moment, 'one', 'late')} THEN late_outcome ELSE outcome END`

/** In the order in which they were put. */
async function pageOfItems(database: Database, key: string, query: CheckedItemQuery): Promise<Page<ItemRow>> {
  const { only, limit, cursor, asOf } = query
  const paged = {
    list: 'items',
    limit,
    cursor,
    asOf,
    find: async (queries: Queries, moment: Moment, read: Parameters<typeof orderOf>[0]) => {
      const { isBeyond, order } = orderOf(read, [{ column: 'id', at: ({ id }) => sql`${id}::bigint` }], false)
      const isWanted = only && sql`${outcomeAt(moment)} = ANY(${only}::text[])`
      return queries.rows<{ id: number; listed: string }>(
        sql`SELECT id, CASE WHEN ${isMarked(moment, 'one', 'late')} THEN late_listed ELSE listed END AS listed
          FROM @items AS one
          WHERE ${allOf([sql`test_run_id = ${key}`, isReceived(moment, 'one'), isWanted, isBeyond])}
          ORDER BY ${order} LIMIT ${limit + 1}::bigint`,
      )
    },
    placeOf: ({ id }: { id: number }) => ({ time: null, id: String(id) }),
  }
  return pageAt(database, paged, (_queries, _moment, rows) =>
    rows.map(({ listed }) => JSON.parse(listed) as ItemRow),
  )
}
