import type { TraceQuery } from '@runtape/core/store'
import { encodeText } from '@runtape/core/store-helpers'
import type { Database } from '../database/database.ts'
import type { Sliced } from '../reading/in-slices.ts'
import { sortInSlices } from '../reading/sort-in-slices.ts'
import type { CursorPlace } from './cursors.ts'
import { type RootPlace, type RootQuery, rootConditions } from './trace-roots.ts'

/** Number of runs or traces that are read at a time. */
const atOnce = 256

/**
 * The places of the traces whose runs have the feedback, in the order of the list. Feedback is rare: reading it in full is
 * faster than reading all roots. It ignores the revision of events, so it finds too much.
 */
export function* placesWithFeedback(
  database: Database,
  query: RootQuery & Required<Pick<TraceQuery, 'feedback'>>,
  after: RootPlace | undefined,
): Sliced<CursorPlace[]> {
  const traceIds = new Set<string>()
  for (let last = ''; ; ) {
    const rows = runsWithFeedback(database, query.feedback, last)
    const runIds = rows.filter(({ has }) => has === 1).map(({ run_id }) => run_id)
    for (const traceId of tracesOf(database, runIds)) traceIds.add(traceId)
    if (rows.length < atOnce) break
    last = rows.at(-1)?.run_id ?? ''
    yield
  }
  const all = [...traceIds]
  const places: CursorPlace[] = []
  for (let from = 0; from < all.length; from += atOnce) {
    for (const place of rootsOf(database, query, after, all.slice(from, from + atOnce))) places.push(place)
    yield
  }
  const sign = query.isAscending ? 1 : -1
  return yield* sortInSlices(places, (a, b) => sign * compare(a, b))
}

function compare(a: CursorPlace, b: CursorPlace): number {
  if (a.time !== b.time) return (a.time ?? 0) - (b.time ?? 0)
  return a.id === b.id ? 0 : a.id < b.id ? -1 : 1
}

const runsWithFeedback = (database: Database, kind: string, last: string) =>
  database.all<{ run_id: string; has: number }>(
    `SELECT run_id, value_json ->> '$.kind' = ? AS has FROM run_events INDEXED BY run_events_feedback
     WHERE metric = 'feedback' AND replay_trace_id = '' AND run_id > ? ORDER BY run_id LIMIT ${atOnce}`,
    kind,
    last,
  )

function tracesOf(database: Database, runIds: readonly string[]): string[] {
  const ids = JSON.stringify(runIds.map(encodeText))
  const rows = database.all<{ trace_id: string }>(
    `SELECT trace_id FROM run_events
       WHERE run_id IN (SELECT value FROM json_each(?)) AND replay_trace_id = '' AND trace_id IS NOT NULL
     UNION SELECT trace_id FROM span_rows WHERE run_id IN (SELECT value FROM json_each(?))`,
    ids,
    ids,
  )
  return rows.map(({ trace_id }) => trace_id)
}

function rootsOf(
  database: Database,
  query: RootQuery,
  after: RootPlace | undefined,
  traceIds: readonly string[],
): CursorPlace[] {
  const where = rootConditions(query, after)
  where.add('root.trace_id IN (SELECT value FROM json_each(?))', JSON.stringify(traceIds.map(encodeText)))
  const sql = `SELECT root.started_at AS time, root.trace_id AS id FROM span_rows AS root INDEXED BY spans_root
    WHERE ${where.sql}`
  return database.select<CursorPlace>(sql, where.params)
}
