import type { CohortEntry, CohortItem, Page } from '@runtape/core/store'
import { noCohort, type readCohortEntryQuery, readCohortRef, traceSummary } from '@runtape/core/store-helpers'
import type { Database, Queries } from '../database/database.ts'
import { allOf, sql } from '../database/sql.ts'
import { keyText } from '../database/values.ts'
import type { ListRead } from '../history/cursors.ts'
import { isReceived, type Moment } from '../history/moment.ts'
import { orderOf, pageAt } from '../history/pages.ts'
import { spanOfRow } from '../records/span-rows.ts'
import { findVersion, inVersion } from './read-cohorts.ts'

interface EntryRow {
  readonly place: number
  readonly entry: string
  /** The root of the trace. */
  readonly record: string | null
}

const listOrder = [
  { column: 'entry.place', at: ({ time }: { time: number | null }) => sql`${time ?? 0}::bigint` },
]

/** A page of `cohorts.entries`. */
export async function listEntries(
  database: Database,
  cohort: string,
  { traceId, limit = 50, cursor, asOf }: ReturnType<typeof readCohortEntryQuery>,
): Promise<Page<CohortItem>> {
  const ref = readCohortRef(cohort)
  const find = async (queries: Queries, moment: Moment, read: ListRead) => {
    const found = await findVersion(queries, ref, moment)
    if (found === undefined) throw noCohort(cohort)
    const { isBeyond, order } = orderOf(read, listOrder, false)
    const where = allOf([
      sql`entry.cohort = ${found.cohort}`,
      inVersion(found.version),
      traceId === undefined ? undefined : sql`entry.trace_id = ${keyText(traceId)}`,
      isBeyond,
    ])
    return queries.rows<EntryRow>(
      sql`SELECT entry.place, entry.entry, root.record FROM @cohort_entries AS entry LEFT JOIN LATERAL (
          SELECT record FROM @spans AS span
          WHERE span.trace_id = entry.trace_id AND span.parent_span_id IS NULL AND ${isReceived(moment, 'span')}
          ORDER BY span.started_at, span.span_id LIMIT 1) AS root ON true
        WHERE ${where} ORDER BY ${order} LIMIT ${limit + 1}::bigint`,
    )
  }
  const placeOf = ({ place }: EntryRow) => ({ time: place, id: '' })
  const paged = { list: `entries of ${cohort}`, limit, cursor, asOf, find, placeOf }
  return pageAt(database, paged, (_queries, _moment, rows) => rows.map(itemOf))
}

function itemOf({ entry, record }: EntryRow): CohortItem {
  const item = JSON.parse(entry) as CohortEntry
  // The trace was removed, and what was said about it goes with it.
  if (record === null) return { traceId: item.traceId }
  return { ...item, trace: traceSummary(spanOfRow({ record, input: null, output: null, error: null })) }
}
