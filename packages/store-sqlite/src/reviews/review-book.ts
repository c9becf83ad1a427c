import { realNow } from '@runtape/core/internal'
import type { QueueItem, ReviewClaim, Revision } from '@runtape/core/store'
import {
  type CohortRef,
  encodeText,
  type ReviewBook,
  readRunQuery,
  readUsageQuery,
} from '@runtape/core/store-helpers'
import { findCohort, inVersion } from '../cohorts/cohort-rows.ts'
import type { Database } from '../database/database.ts'
import { type Reviewing, standing, stands } from '../filtering/reviewed-runs.ts'
import { readInSlices, type Sliced, threadSlice } from '../reading/in-slices.ts'
import type { Reads } from '../reading/reads.ts'
import { changeAt } from '../test-runs/known-then.ts'

type Ids = Pick<QueueItem, 'runId' | 'traceId'>

// The run itself, or its trace as a whole. Of a trace, any review in it counts.
const reviewedSql = {
  run: `SELECT 1 FROM reviews WHERE ${stands} AND (run_id = ? OR (trace_id = ? AND run_id IS NULL)) LIMIT 1`,
  trace: `SELECT 1 FROM reviews WHERE ${stands} AND trace_id = ? LIMIT 1`,
}

/** The standing reviews and the claims. */
export function reviewBook(database: Database, reads: Pick<Reads, 'runs' | 'usage'>): ReviewBook {
  const of = (reviewer: string | undefined, asOf?: Revision | number): Reviewing => ({
    by: reviewer ?? null,
    ...(asOf !== undefined && { until: changeAt(database, asOf) }),
  })
  return {
    openRuns: (given, reviewer) => {
      const query = readRunQuery(given)
      return reads.runs({ ...query, unreviewed: of(reviewer, query.asOf) })
    },
    reviewedTraces: async (traceIds, reviewer, asOf) =>
      reviewedTraces(database, traceIds, of(reviewer, asOf)),
    claimsOn: async items => claimsOn(database, items),
    claimedBy: async by => claimedBy(database, by),
    claim: async (item, { by, reviewer, claimMs }) =>
      database.transaction(() => {
        const now = realNow()
        const claimed = claimOn(database, item, now)
        if (isReviewed(database, item, of(reviewer)) || (claimed && claimed.by !== by)) return undefined
        return insertClaim(database, item, { by, until: now + claimMs }, now)
      }),
    countRuns: async (filter, reviewer) => {
      const query = readUsageQuery(filter)
      const { bill } = await reads.usage({ ...query, reviewed: of(reviewer, query.asOf) })
      return bill.counts.runs[0] ?? 0
    },
    countTraces: ({ name, version }, reviewer, asOf) =>
      readInSlices(database, countTraces(database, { name, version }, of(reviewer, asOf)), threadSlice),
  }
}

function isReviewed(database: Database, { runId, traceId }: Ids, reviewing: Reviewing): boolean {
  const found =
    runId === undefined
      ? database.get(reviewedSql.trace, ...standing(reviewing), traceId ?? null)
      : database.get(reviewedSql.run, ...standing(reviewing), runId, traceId ?? null)
  return found !== undefined
}

const reviewedTraces = (
  database: Database,
  traceIds: readonly string[],
  reviewing: Reviewing,
): ReadonlySet<string> => {
  const rows = database.all<{ trace_id: string }>(
    `SELECT DISTINCT trace_id FROM reviews WHERE ${stands} AND trace_id IN (SELECT value FROM json_each(?))`,
    ...standing(reviewing),
    JSON.stringify(traceIds.map(encodeText)),
  )
  return new Set(rows.map(({ trace_id }) => trace_id))
}

const tracesAtOnce = 128

/** Counts the reviewed traces of a version of a cohort, some at a time. */
function* countTraces(
  database: Database,
  { name, version }: Required<CohortRef>,
  reviewing: Reviewing,
): Sliced<number> {
  const cohort = findCohort(database, { name, version })?.row.id ?? null
  let [count, last] = [0, '']
  for (;;) {
    const rows = database.all<{ trace_id: string; counts: number }>(
      `SELECT DISTINCT trace_id, EXISTS (
           SELECT 1 FROM cohort_entries AS entry
           WHERE entry.trace_id = reviews.trace_id AND entry.cohort = ? AND ${inVersion})
         AND EXISTS (
           SELECT 1 FROM span_rows WHERE trace_id = reviews.trace_id AND parent_span_id IS NULL) AS counts
       FROM reviews WHERE ${stands} AND trace_id > ? ORDER BY trace_id LIMIT ?`,
      cohort,
      version,
      version,
      ...standing(reviewing),
      last,
      tracesAtOnce,
    )
    for (const { counts } of rows) count += counts
    if (rows.length < tracesAtOnce) return count
    last = rows.at(-1)?.trace_id ?? ''
    yield
  }
}

/** Claims are per trace, so that one reviewer at a time works on it, in any queue. */
const itemName = ({ runId = '', traceId }: Ids): string =>
  traceId === undefined ? `run ${runId}` : `trace ${traceId}`

function claimsOn(database: Database, items: readonly Ids[]): (ReviewClaim | undefined)[] {
  const rows = database.all<ReviewClaim & { item: string }>(
    'SELECT item, by, until FROM review_claims WHERE item IN (SELECT value FROM json_each(?)) AND until > ?',
    JSON.stringify(items.map(item => encodeText(itemName(item)))),
    realNow(),
  )
  const claims = new Map(rows.map(({ item, by, until }) => [item, { by, until }]))
  return items.map(item => claims.get(itemName(item)))
}

const claimedBy = (database: Database, by: string): Ids[] =>
  database
    .all<{ run_id: string | null; trace_id: string | null }>(
      'SELECT run_id, trace_id FROM review_claims WHERE by = ? AND until > ?',
      by,
      realNow(),
    )
    .map(({ run_id, trace_id }) => ({
      ...(run_id !== null && { runId: run_id }),
      ...(trace_id !== null && { traceId: trace_id }),
    }))

const claimOn = (database: Database, item: Ids, now: number): ReviewClaim | undefined => {
  const sql = 'SELECT by, until FROM review_claims WHERE item = ? AND until > ?'
  const row = database.get<ReviewClaim>(sql, itemName(item), now)
  return row && { by: row.by, until: row.until }
}

function insertClaim(database: Database, item: Ids, claim: ReviewClaim, now: number): ReviewClaim {
  database.run('DELETE FROM review_claims WHERE until <= ?', now)
  database.run(
    'INSERT OR REPLACE INTO review_claims (item, run_id, trace_id, by, until) VALUES (?, ?, ?, ?, ?)',
    itemName(item),
    item.runId ?? null,
    item.traceId ?? null,
    claim.by,
    claim.until,
  )
  return claim
}

/** Ends a claim. Returns whether it had not expired. */
export function releaseClaim(database: Database, item: Ids, by: string): boolean {
  const claimed = claimOn(database, item, realNow())
  const sql = 'DELETE FROM review_claims WHERE item = ? AND by = ?'
  return database.run(sql, itemName(item), by) > 0 && claimed !== undefined
}

/** For a run that is removed. */
export function removeReviewsOfRun(database: Database, runId: string): void {
  database.run('DELETE FROM reviews WHERE run_id = ?', runId)
  database.run('DELETE FROM review_claims WHERE run_id = ?', runId)
}

/** For a trace that is removed. Reviews of runs that stay lose only the name of the trace. */
export function removeReviewsOfTrace(database: Database, traceId: string): void {
  database.run('DELETE FROM reviews WHERE trace_id = ? AND run_id IS NULL', traceId)
  database.run('UPDATE reviews SET trace_id = NULL WHERE trace_id = ?', traceId)
  database.run('DELETE FROM review_claims WHERE item = ?', itemName({ traceId }))
}
