import { encodeText } from '@runtape/core/store-helpers'
import type { Database } from '../database/database.ts'
import type { Sliced } from '../reading/in-slices.ts'
import type { NamedRuns } from './named-runs.ts'

/** Which runs a queue of reviewers reads. `null` stands for all reviewers. */
export interface OfReviews {
  /** Only runs without a standing review by this reviewer. */
  readonly unreviewedBy?: string | null
  /** Only runs with a standing review by this reviewer. */
  readonly reviewedBy?: string | null
}

/** SQL condition for standing reviews, with the parameters `standing(reviewer)`. */
export const stands = 'withdrawn_change_id IS NULL AND (? IS NULL OR by = ?)'

/** @param reviewer `null` for all reviewers */
export const standing = (reviewer: string | null): (string | null)[] => [reviewer, reviewer]

const traceSql = `coalesce(runs.trace_id, (
    SELECT trace_id FROM span_rows WHERE run_id = runs.run_id AND test_run_id IS NULL
    ORDER BY started_at, id LIMIT 1))`

/** The ids of the rows whose runs have no standing review: of the run, or of its trace as a whole. */
export function unreviewedAmong(
  database: Database,
  ids: readonly number[],
  reviewer: string | null,
): number[] {
  const rows = database.all<{ id: number }>(
    `SELECT id FROM runs WHERE id IN (SELECT value FROM json_each(?))
       AND NOT EXISTS (SELECT 1 FROM reviews WHERE run_id = runs.run_id AND ${stands})
       AND NOT EXISTS (SELECT 1 FROM reviews WHERE trace_id = ${traceSql} AND run_id IS NULL AND ${stands})`,
    JSON.stringify(ids),
    ...standing(reviewer),
    ...standing(reviewer),
  )
  return rows.map(({ id }) => id)
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
  reviewer: string | null,
  named: NamedRuns | undefined,
): Sliced<NamedRuns> {
  const runIds = new Set<string>()
  let last = 0
  for (;;) {
    const rows = database.all<Row>(
      `SELECT id, run_id, trace_id FROM reviews WHERE id > ? AND ${stands} ORDER BY id LIMIT ?`,
      last,
      ...standing(reviewer),
      reviewsAtOnce,
    )
    for (const { run_id } of rows) if (run_id !== null) runIds.add(run_id)
    const traces = rows.flatMap(({ run_id, trace_id }) => (run_id === null ? (trace_id ?? []) : []))
    for (const runId of runsOfTraces(database, traces)) runIds.add(runId)
    if (rows.length < reviewsAtOnce) break
    last = rows.at(-1)?.id ?? 0
    yield
  }
  const wanted = named?.runIds && new Set(named.runIds)
  return { ...named, runIds: [...runIds].filter(runId => wanted === undefined || wanted.has(runId)) }
}

function runsOfTraces(database: Database, traceIds: readonly string[]): string[] {
  if (traceIds.length === 0) return []
  const ids = JSON.stringify(traceIds.map(encodeText))
  const some = 'trace_id IN (SELECT value FROM json_each(?))'
  const rows = database.all<{ run_id: string }>(
    `SELECT run_id FROM runs
     WHERE run_id IN (
         SELECT run_id FROM run_events WHERE ${some} AND replay_trace_id = ''
         UNION SELECT run_id FROM span_rows WHERE ${some} AND run_id IS NOT NULL)
       AND ${traceSql} IN (SELECT value FROM json_each(?))`,
    ids,
    ids,
    ids,
  )
  return rows.map(({ run_id }) => run_id)
}
