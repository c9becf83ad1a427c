import { realNow } from '@runtape/core/internal'
import type { QueueItem, ReviewClaim } from '@runtape/core/store'
import type { ReviewBook } from '@runtape/core/store-helpers'
import type { Database } from '../database/database.ts'

type Ids = Pick<QueueItem, 'runId' | 'traceId'>

// The run itself, or its trace as a whole. Of a trace, any review in it counts.
const reviewedSql = {
  run: `SELECT 1 FROM reviews WHERE withdrawn_change_id IS NULL AND (? IS NULL OR by = ?)
    AND (run_id = ? OR (trace_id = ? AND run_id IS NULL)) LIMIT 1`,
  trace: `SELECT 1 FROM reviews WHERE withdrawn_change_id IS NULL AND (? IS NULL OR by = ?) AND trace_id = ? LIMIT 1`,
}

/** The standing reviews and the claims. */
export function reviewBook(database: Database): ReviewBook {
  const isReviewed = ({ runId, traceId }: Ids, reviewer: string | null): boolean => {
    const found =
      runId === undefined
        ? database.get(reviewedSql.trace, reviewer, reviewer, traceId ?? null)
        : database.get(reviewedSql.run, reviewer, reviewer, runId, traceId ?? null)
    return found !== undefined
  }
  return {
    isReviewed: (item, reviewer) => isReviewed(item, reviewer ?? null),
    claimOf: item => claimOn(database, item, realNow()),
    claim: (item, { by, reviewer, claimMs }) =>
      database.transaction(() => {
        const now = realNow()
        const claimed = claimOn(database, item, now)
        if (isReviewed(item, reviewer ?? null) || (claimed && claimed.by !== by)) return undefined
        return insertClaim(database, item, { by, until: now + claimMs }, now)
      }),
    reviewed: reviewer => reviewedIds(database, reviewer ?? null),
  }
}

/** Claims are per trace, so that one reviewer at a time works on it, in any queue. */
const itemName = ({ runId = '', traceId }: Ids): string =>
  traceId === undefined ? `run ${runId}` : `trace ${traceId}`

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

function reviewedIds(database: Database, reviewer: string | null): ReturnType<ReviewBook['reviewed']> {
  const idsOf = (column: 'run_id' | 'trace_id', and = '') =>
    database
      .all<{ id: string }>(
        `SELECT DISTINCT ${column} AS id FROM reviews
         WHERE withdrawn_change_id IS NULL AND ${column} IS NOT NULL AND (? IS NULL OR by = ?) ${and}`,
        reviewer,
        reviewer,
      )
      .map(({ id }) => id)
  return {
    runs: idsOf('run_id'),
    traces: idsOf('trace_id'),
    wholeTraces: idsOf('trace_id', 'AND run_id IS NULL'),
  }
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
