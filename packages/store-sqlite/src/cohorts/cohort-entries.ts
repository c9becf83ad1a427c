import type { SpanStatus } from '@runtape/core'
import type { CohortEntryQuery, CohortItem, Page } from '@runtape/core/store'
import { noCohort, readCohortRef } from '@runtape/core/store-helpers'
import { Conditions, decodeCursor, encodeCursor } from '../database/conditions.ts'
import type { Database } from '../database/database.ts'
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

/** A page of `cohorts.entries`. Yields after every hundred entries. */
export function* listEntries(
  database: Database,
  cohort: string,
  { traceId, limit = 50, cursor }: CohortEntryQuery,
): Sliced<Page<CohortItem>> {
  const { name, version } = readCohortRef(cohort)
  const list = `entries of ${name}`
  const before = decodeCursor(list, cursor)
  const at = before?.mark ?? version
  const found = findCohort(database, { name, ...(at !== undefined && { version: at }) })
  if (found === undefined) throw noCohort(cohort)
  const of = { cohort: found.row.id, version: found.version.version, traceId }
  const items: CohortItem[] = []
  let [after, hasMore] = [before?.time ?? -1, true]
  while (hasMore && items.length < limit) {
    const wanted = Math.min(itemsAtOnce, limit - items.length)
    const rows = selectItems(database, of, after, wanted + 1)
    hasMore = rows.length > wanted
    for (const row of rows.slice(0, wanted)) {
      items.push(itemOf(row))
      after = row.position
    }
    yield
  }
  if (!hasMore) return { items }
  return { items, nextCursor: encodeCursor(list, { time: after, id: '', mark: of.version }) }
}

function selectItems(
  database: Database,
  of: { readonly cohort: number; readonly version: number; readonly traceId: string | undefined },
  after: number,
  limit: number,
): ItemRow[] {
  const where = new Conditions()
    .add('entry.cohort = ?', of.cohort)
    .add('position > ?', after)
    .add(inVersion, of.version, of.version)
    .addIf('entry.trace_id = ?', of.traceId)
  const sql = `SELECT entry.id, entry.trace_id, position, gone, note, expected_json, expected_marks_json,
      root.span_id, root.key, root.name, root.started_at, root.duration_ms, root.status
    FROM cohort_entries AS entry LEFT JOIN span_rows AS root ON root.id = (
      SELECT id FROM span_rows WHERE trace_id = entry.trace_id AND parent_span_id IS NULL
      ORDER BY started_at, span_id LIMIT 1)
    WHERE ${where.sql} ORDER BY position LIMIT ?`
  return database.select(sql, [...where.params, limit])
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
