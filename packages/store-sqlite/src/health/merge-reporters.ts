import { realNow } from '@runtape/core/internal'
import type { HealthKind } from '@runtape/core/store'
import type { Database } from '../database/database.ts'

/** Number of reporters of a kind that have separate rows. */
const mostReporters = 1000

// A recorder that has told everything begins to count again, as another reporter, after a day.
const oldAfterMs = 30 * 86_400_000

/** The sum of reporters that report no more. */
const merged = '@merged'

const oldSql = `FROM health_counts WHERE kind = ? AND reporter NOT IN ('', '${merged}') AND last_at < ?`

/** Sums the rows of old reporters in one row if there are many. Call inside a transaction. */
export function mergeOldReporters(database: Database, kind: HealthKind): void {
  const rows =
    database.get<{ n: number }>('SELECT count(*) AS n FROM health_counts WHERE kind = ?', kind)?.n ?? 0
  if (rows <= mostReporters) return
  const before = realNow() - oldAfterMs
  database.run(
    `INSERT INTO health_counts (kind, reporter, count, first_at, last_at)
     SELECT kind, '${merged}', sum(count), min(first_at), max(last_at) ${oldSql} GROUP BY kind
     ON CONFLICT (kind, reporter) DO UPDATE SET count = count + excluded.count,
       first_at = min(first_at, excluded.first_at), last_at = max(last_at, excluded.last_at)`,
    kind,
    before,
  )
  database.run(`DELETE ${oldSql}`, kind, before)
}
