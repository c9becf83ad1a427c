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
import { Conditions } from '../database/conditions.ts'
import type { Database } from '../database/database.ts'
import { nextChange } from '../history/next-change.ts'
import { decodeCursor, fromCursor, type ListOrder, type PageRead, pageOfRows } from '../listing/cursors.ts'
import { isErased } from './erased-items.ts'
import { requireTestRun } from './known-test-run.ts'
import { changeAt, everything, revisionThen } from './known-then.ts'

type ItemQueries = Pick<Store['testRuns'], 'putItem' | 'putLate' | 'items' | 'item'>
type Identity = ReturnType<typeof readItemIdentity>

interface StoredItem {
  readonly id: number
  readonly change_id: number
  readonly late_change_id: number | null
  readonly item_json: string
  readonly late_json: string | null
}

/** The part of `testRuns` for items. */
export const itemQueries = (database: Database): ItemQueries => ({
  putItem: async (testRunId, given) => {
    const json = itemJson(given)
    return database.transaction(() => putItem(database, testRunId, given, json))
  },
  putLate: async (testRunId, given) => {
    const late = readItem(given)
    return database.transaction(() => putLate(database, testRunId, late))
  },
  items: async (testRunId, given) => {
    const query = readItemQuery(given)
    requireTestRun(database, testRunId)
    return pageOfItems(database, testRunId, query)
  },
  item: async (testRunId, identity, options): Promise<Item | undefined> => {
    const { asOf } = readAsOf('testRuns.item', options)
    const wanted = readItemIdentity(identity)
    requireTestRun(database, testRunId)
    const changeId = changeAt(database, asOf)
    const stored = storedItem(database, testRunId, wanted)
    if (!stored || stored.change_id > changeId) return undefined
    return wholeItem(itemAt(stored, changeId))
  },
})

function putItem(database: Database, testRunId: string, item: ItemRecord, json: string): ItemReceipt {
  requireTestRun(database, testRunId)
  if (isErased(database, item.sourceTraceId) || isErased(database, item.traceId))
    return { status: 'duplicate' }
  const identity = readItemIdentity(item)
  const known = storedItem(database, testRunId, identity)
  if (known)
    return { status: sameJson(JSON.parse(known.item_json), JSON.parse(json)) ? 'duplicate' : 'conflict' }
  database.run(
    `INSERT INTO items (
       change_id, test_run_id, source_trace_id, source_span_id, attempt, trace_id, outcome, row_json
     ) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    nextChange(database, { kind: 'item', id: testRunId }),
    testRunId,
    identity.sourceTraceId,
    identity.sourceSpanId,
    identity.attempt,
    item.traceId,
    item.outcome,
    JSON.stringify(itemRow(item)),
  )
  database.run('INSERT INTO item_parts (item_id, item_json) VALUES (last_insert_rowid(), ?)', json)
  return { status: 'accepted' }
}

function putLate(database: Database, testRunId: string, late: LateItem): ItemReceipt {
  requireTestRun(database, testRunId)
  const stored = storedItem(database, testRunId, readItemIdentity(late))
  // Its trace was erased, or it could not be written.
  if (!stored) return { status: 'duplicate' }
  if (stored.late_json !== null)
    return { status: sameJson(JSON.parse(stored.late_json), late) ? 'duplicate' : 'conflict' }
  const whole = withLate(JSON.parse(stored.item_json) as ItemRecord, late)
  database.run(
    'UPDATE items SET late_change_id = ?, late_outcome = ?, late_row_json = ? WHERE id = ?',
    nextChange(database, { kind: 'item', id: testRunId }),
    late.outcome,
    JSON.stringify(itemRow(whole)),
    stored.id,
  )
  database.run('UPDATE item_parts SET late_json = ? WHERE item_id = ?', JSON.stringify(late), stored.id)
  return { status: 'accepted' }
}

const storedItem = (database: Database, testRunId: string, identity: Identity): StoredItem | undefined =>
  database.get<StoredItem>(
    `SELECT id, change_id, late_change_id, item_json, late_json FROM items JOIN item_parts ON item_id = id
     WHERE test_run_id = ? AND source_trace_id = ? AND source_span_id = ? AND attempt = ?`,
    testRunId,
    identity.sourceTraceId,
    identity.sourceSpanId,
    identity.attempt,
  )

function itemAt({ item_json, late_json, late_change_id }: StoredItem, changeId: number): ItemRecord {
  const item = JSON.parse(item_json) as ItemRecord
  const isLate = late_json !== null && (late_change_id ?? 0) <= changeId
  return isLate ? withLate(item, JSON.parse(late_json) as LateItem) : item
}

/** In the order in which they were put. */
const listOrder: ListOrder = {
  columns: ['id'],
  isDescending: false,
  valuesAt: ({ id }) => [Number(id)],
}

function pageOfItems(database: Database, testRunId: string, query: CheckedItemQuery): Page<ItemRow> {
  const { only, limit, asOf } = query
  const cursor = decodeCursor('items', query.cursor)
  const revision = cursor?.revision ?? revisionThen(database, asOf)
  const { changeId } = revision
  const outcome =
    changeId === everything
      ? 'coalesce(late_outcome, outcome)'
      : `CASE WHEN late_change_id <= ${changeId} THEN late_outcome ELSE outcome END`
  const find = (part: PageRead) => {
    const where = new Conditions().add('test_run_id = ?', testRunId).add('change_id <= ?', changeId)
    if (only) where.add(`${outcome} IN (${only.map(() => '?').join(', ')})`, ...only)
    const order = fromCursor(part, listOrder, where)
    return database.select<{ id: number; row: string }>(
      `SELECT id, CASE WHEN late_change_id <= ? THEN late_row_json ELSE row_json END AS row FROM items
       WHERE ${where.sql} ${order} LIMIT ?`,
      [changeId, ...where.params, limit + 1],
    )
  }
  const page = pageOfRows({ name: 'items', limit, cursor, revision }, find, ({ id }) => ({
    time: null,
    id: String(id),
  }))
  return { ...page, items: page.items.map(({ row }) => JSON.parse(row) as ItemRow) }
}
