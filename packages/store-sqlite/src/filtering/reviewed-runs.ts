import type { Run } from '@runtape/core/store'
import { encodeText } from '@runtape/core/store-helpers'
import type { Database } from '../database/database.ts'
import type { Sliced } from '../reading/in-slices.ts'
import { type Known, namesOfRows, runsWithIds } from '../records/runs-with-ids.ts'
import { everything } from '../test-runs/known-then.ts'
import type { NamedRuns } from './named-runs.ts'

/** Whose reviews count, and as of when. */
export interface Reviewing {
  /** `null` for all reviewers. */
  readonly by: string | null
  /** The last change that is known. Default: all. */
  readonly until?: number
}

/** Which runs a queue of reviewers reads. */
export interface OfReviews {
  /** Only runs without such a review. */
  readonly unreviewed?: Reviewing
  /** Only runs with such a review. */
  readonly reviewed?: Reviewing
}

/** SQL condition for standing reviews, with the parameters `standing(…)`. */
export const stands = `change_id <= ? AND (withdrawn_change_id IS NULL OR withdrawn_change_id > ?)
  AND (? IS NULL OR by = ?)`

export const standing = ({ by, until = everything }: Reviewing): (string | number | null)[] => [
  until,
  until,
  by,
  by,
]

const traceSql = `coalesce(runs.trace_id, (
    SELECT trace_id FROM span_rows WHERE run_id = runs.run_id AND test_run_id IS NULL
    ORDER BY started_at, id LIMIT 1))`

/** The ids of the rows whose runs have no standing review: of the run, or of its trace as a whole. */
export function unreviewedAmong(
  database: Database,
  ids: readonly number[],
  reviewing: Reviewing,
  revision: Known,
): number[] {
  if (reviewing.until !== undefined) return unreviewedThen(database, ids, reviewing, revision)
  const rows = database.all<{ id: number }>(
    `SELECT id FROM runs WHERE id IN (SELECT value FROM json_each(?))
       AND NOT EXISTS (SELECT 1 FROM reviews WHERE run_id = runs.run_id AND ${stands})
       AND NOT EXISTS (SELECT 1 FROM reviews WHERE trace_id = ${traceSql} AND run_id IS NULL AND ${stands})`,
    JSON.stringify(ids),
    ...standing(reviewing),
    ...standing(reviewing),
  )
  return rows.map(({ id }) => id)
}

const reviewedSql = `SELECT 1 FROM reviews WHERE ${stands} AND (run_id = ? OR (trace_id = ? AND run_id IS NULL)) LIMIT 1`

/** As `unreviewedAmong`, with the traces that the runs were known to belong to. */
function unreviewedThen(
  database: Database,
  ids: readonly number[],
  reviewing: Reviewing,
  revision: Known,
): number[] {
  const rows = namesOfRows(database, ids)
  const runIds = rows.map(({ run_id }) => run_id)
  const isOpen = ({ runId, traceId }: Run) =>
    database.get(reviewedSql, ...standing(reviewing), runId, traceId ?? null) === undefined
  const open = new Set(
    runsWithIds(database, runIds, revision)
      .filter(isOpen)
      .map(({ runId }) => runId),
  )
  return rows.filter(({ run_id }) => open.has(run_id)).map(({ id }) => id)
}

interface Row {
  readonly id: number
  readonly run_id: string | null
  readonly trace_id: string | null
}

const reviewsAtOnce = 256

/** The runs with a standing review, found by their reviews, a few at a time. */
export function* reviewedRuns(
  database: Database,
  reviewing: Reviewing,
  named: NamedRuns | undefined,
  revision: Known,
): Sliced<NamedRuns> {
  const runIds = new Set<string>()
  let last = 0
  for (;;) {
    const rows = database.all<Row>(
      `SELECT id, run_id, trace_id FROM reviews WHERE id > ? AND ${stands} ORDER BY id LIMIT ?`,
      last,
      ...standing(reviewing),
      reviewsAtOnce,
    )
    for (const { run_id } of rows) if (run_id !== null) runIds.add(run_id)
    const traces = rows.flatMap(({ run_id, trace_id }) => (run_id === null ? (trace_id ?? []) : []))
    const isPast = reviewing.until !== undefined
    const inTraces = isPast ? runsThen(database, traces, revision) : runsOfTraces(database, traces)
    for (const runId of inTraces) runIds.add(runId)
    if (rows.length < reviewsAtOnce) break
    last = rows.at(-1)?.id ?? 0
    yield
  }
  const wanted = named?.runIds && new Set(named.runIds)
  return { ...named, runIds: [...runIds].filter(runId => wanted === undefined || wanted.has(runId)) }
}

/** As `runsOfTraces`, with the traces that the runs were known to belong to. */
function runsThen(database: Database, traceIds: readonly string[], revision: Known): string[] {
  const ids = JSON.stringify(traceIds.map(encodeText))
  const rows = database.all<{ run_id: string }>(runsInSql, ids, ids)
  const runIds = rows.map(({ run_id }) => run_id)
  const runs = runsWithIds(database, runIds, revision)
  return runs.filter(({ traceId = '' }) => traceIds.includes(traceId)).map(({ runId }) => runId)
}

const some = 'trace_id IN (SELECT value FROM json_each(?))'
const runsInSql = `SELECT run_id FROM run_events WHERE ${some} AND replay_trace_id = ''
  UNION SELECT run_id FROM span_rows WHERE ${some} AND run_id IS NOT NULL`

function runsOfTraces(database: Database, traceIds: readonly string[]): string[] {
  if (traceIds.length === 0) return []
  const ids = JSON.stringify(traceIds.map(encodeText))
  const rows = database.all<{ run_id: string }>(
    `SELECT run_id FROM runs
     WHERE run_id IN (${runsInSql})
       AND ${traceSql} IN (SELECT value FROM json_each(?))`,
    ids,
    ids,
    ids,
  )
  return rows.map(({ run_id }) => run_id)
}
