import type { RunFilter } from '@runtape/core/store'
import type { Checked } from '@runtape/core/store-helpers'
import type { Queries } from '../database/database.ts'
import { allOf, type Sql, sql } from '../database/sql.ts'
import { keyText } from '../database/values.ts'
import { passingOf, runsAtOnce } from '../runs/runs-at.ts'
import { stands } from './review-rows.ts'
import { type Reviewing, reviewedAmong } from './reviewed.ts'

/** Number of runs that pass a filter and have a standing review. Costs what the reviewed runs cost, not all runs of the filter. */
export async function countReviewed(
  queries: Queries,
  query: Checked<RunFilter>,
  reviewing: Reviewing,
): Promise<number> {
  let count = 0
  for await (const keys of reviewedKeys(queries, reviewing)) {
    const runs = await passingOf(queries, keys, query, reviewing.moment)
    const isReviewed = await reviewedAmong(queries, runs, reviewing)
    count += runs.filter(isReviewed).length
  }
  return count
}

/** The keys of all runs that may have a standing review, of themselves or of a trace that they are or were in; some at a time. */
async function* reviewedKeys(queries: Queries, { by, moment }: Reviewing): AsyncGenerator<string[]> {
  const isStanding = allOf([
    stands(moment, 'one'),
    by === undefined ? undefined : sql`one.reviewer = ${keyText(by)}`,
  ])
  for (let after: Sql | undefined; ; ) {
    const rows = await queries.rows<{ run_id: string }>(
      sql`SELECT run_id FROM (
          SELECT one.run_id FROM @reviews AS one WHERE one.run_id IS NOT NULL AND ${isStanding}
          UNION SELECT event.run_id FROM @reviews AS one JOIN @run_events AS event ON event.trace_id = one.trace_id
            WHERE one.run_id IS NULL AND event.replay_trace_id = '' AND ${isStanding}
          UNION SELECT span.run_id FROM @reviews AS one JOIN @spans AS span ON span.trace_id = one.trace_id
            WHERE one.run_id IS NULL AND span.run_id IS NOT NULL AND span.test_run_id IS NULL AND ${isStanding}
        ) AS run WHERE ${allOf([after])} ORDER BY run_id LIMIT ${runsAtOnce}::bigint`,
    )
    const last = rows.at(-1)
    if (last) yield rows.map(({ run_id }) => run_id)
    if (last === undefined || rows.length < runsAtOnce) return
    after = sql`run_id > ${last.run_id}`
  }
}
