import type { SpanStatus } from '@runtape/core'
import type { CohortItem, Page } from '@runtape/core/store'
import { noCohort, readCohortRef } from '@runtape/core/store-helpers'
import { Conditions } from '../database/conditions.ts'
import type { Database } from '../database/database.ts'
import {
  type CursorPlace,
  fromCursor,
  isBackwards,
  type ListOrder,
  type PageRead,
  pageOfFound,
} from '../listing/cursors.ts'
import type { Sliced } from '../reading/in-slices.ts'
import { type EntryRow, expectedOf, findCohort, inVersion } from './cohort-rows.ts'

interface ItemRow extends EntryRow {
  readonly span_id: string | null
  readonly key: string
  readonly name: string
  readonly started_at: number
  readonly duration_ms: number
  readonly status: SpanStatus
}

const itemsAtOnce = 100

const listOrder: ListOrder = {
  columns: ['position'],
  isDescending: false,
  valuesAt: ({ time }) => [time ?? 0],
}

interface EntriesOf {
  readonly cohort: string
  /** Only this trace. */
  readonly traceId: string | undefined
}

/** A page of `cohorts.entries`. Yields after every hundred entries. */
export function* listEntries(
  database: Database,
  { cohort, traceId }: EntriesOf,
  read: PageRead,
): Sliced<Page<CohortItem>> {
  const found = findCohort(database, readCohortRef(cohort), read.revision.changeId)
  if (found === undefined) throw noCohort(cohort)
  const of = { cohort: found.row.id, version: found.version.version, traceId }
  const rows = yield* findItems(database, of, read)
  const page = pageOfFound(read, rows, placeOf)
  if (page) return { ...page, items: page.items.map(itemOf) }
  return yield* listEntries(database, { cohort, traceId }, { ...read, cursor: undefined })
}

const placeOf = ({ position }: ItemRow): CursorPlace => ({ time: position, id: '' })

interface VersionOf {
  readonly cohort: number
  readonly version: number
  readonly traceId: string | undefined
}

/** The rows of a page and one more, if there is one, in the order of reading. */
function* findItems(database: Database, of: VersionOf, read: PageRead): Sliced<ItemRow[]> {
  const step = isBackwards(read) ? 'before' : 'after'
  const found: ItemRow[] = []
  for (let part = read; ; yield) {
    const wanted = Math.min(itemsAtOnce, read.limit + 1 - found.length)
    const rows = selectItems(database, of, part, wanted)
    found.push(...rows)
    const last = rows.at(-1)
    if (last === undefined || rows.length < wanted || found.length > read.limit) return found
    part = { ...read, cursor: { ...placeOf(last), step, revision: read.revision } }
  }
}

function selectItems(database: Database, of: VersionOf, read: PageRead, limit: number): ItemRow[] {
  const where = new Conditions()
    .add('entry.cohort = ?', of.cohort)
    .add(inVersion, of.version, of.version)
    .addIf('entry.trace_id = ?', of.traceId)
  const order = fromCursor(read, listOrder, where)
  const sql = `SELECT entry.id, entry.trace_id, position, gone, note, expected_json, expected_marks_json,
      root.span_id, root.key, root.name, root.started_at, root.duration_ms, root.status
    FROM cohort_entries AS entry LEFT JOIN span_rows AS root ON root.id = (
      SELECT id FROM span_rows WHERE trace_id = entry.trace_id AND parent_span_id IS NULL AND id <= ?
      ORDER BY started_at, span_id LIMIT 1)
    WHERE ${where.sql} ${order} LIMIT ?`
  return database.select(sql, [read.revision.spanId, ...where.params, limit])
}

function itemOf(row: ItemRow): CohortItem {
  const expected = expectedOf(row)
  const { trace_id: traceId, span_id: spanId, note, key, name, status } = row
  return {
    traceId,
    ...(expected && { expected }),
    ...(note !== null && { note }),
    ...(spanId !== null && {
      trace: { traceId, spanId, key, name, startedAt: row.started_at, durationMs: row.duration_ms, status },
    }),
  }
}
