import type { Revision, RunRow } from '@runtape/core/store'
import {
  type CohortRef,
  noCohort,
  type ReviewBook,
  readRunQuery,
  readUsageQuery,
} from '@runtape/core/store-helpers'
import { findVersion, inVersion } from '../cohorts/read-cohorts.ts'
import type { Database, Queries } from '../database/database.ts'
import { allOf, sql } from '../database/sql.ts'
import { keyText } from '../database/values.ts'
import { momentOf, now } from '../history/moment.ts'
import { buriedAmong } from '../removal/tombstones.ts'
import { listRuns } from '../runs/list-runs.ts'
import { claimedBy, claimsOn, itemKey, putClaim } from './claims.ts'
import { countReviewed } from './count-reviewed.ts'
import { stands } from './review-rows.ts'
import { type Reviewing, reviewedAmong } from './reviewed.ts'

type AsOf = Revision | number | undefined

/** The standing reviews and the claims. */
export const reviewBook = (database: Database): ReviewBook => ({
  openRuns: async (given, reviewer) => {
    const query = readRunQuery(given)
    const page = await listRuns(database, query)
    const reviewing = await reviewingOf(database, reviewer, query.asOf)
    const isReviewed = await database.read(queries => reviewedAmong(queries, page.items, reviewing))
    return { ...page, items: page.items.filter(run => !isReviewed(run)) as readonly RunRow[] as RunRow[] }
  },
  reviewedTraces: async (traceIds, reviewer, asOf) => {
    const reviewing = await reviewingOf(database, reviewer, asOf)
    const ids = traceIds.map(traceId => ({ traceId }))
    const isReviewed = await database.read(queries => reviewedAmong(queries, ids, reviewing))
    return new Set(traceIds.filter(traceId => isReviewed({ traceId })))
  },
  claimsOn: async items => database.read(queries => claimsOn(queries, items)),
  claimedBy: async by => database.read(queries => claimedBy(queries, by)),
  claim: async (item, query) =>
    database.write(
      async queries => {
        await lockItem(queries, itemKey(item))
        const isReviewed = await reviewedAmong(queries, [item], { by: query.reviewer, moment: now })
        const isBuried = await buriedAmong(queries, [item])
        return isReviewed(item) || isBuried(item) ? undefined : putClaim(queries, item, query)
      },
      ['append', 'shared'],
    ),
  countRuns: (filter, reviewer) => countRuns(database, filter, reviewer),
  countTraces: (cohort, reviewer, asOf) => countTraces(database, cohort, reviewer, asOf),
})

const reviewingOf = async (database: Database, by: string | undefined, asOf: AsOf): Promise<Reviewing> => ({
  by,
  moment: await momentOf(database, asOf),
})

/** A claim and a review of the same item wait for each other, until the transaction ends. */
export const lockItem = (queries: Queries, key: string): Promise<unknown> =>
  queries.rows(sql`SELECT pg_advisory_xact_lock(hashtextextended(${key}, 1381253488))`)

async function countRuns(
  database: Database,
  filter: Parameters<ReviewBook['countRuns']>[0],
  by: string | undefined,
): Promise<number> {
  const { asOf, ...query } = readUsageQuery(filter)
  const moment = await momentOf(database, asOf)
  return database.read(queries => countReviewed(queries, query, { by, moment }))
}

async function countTraces(
  database: Database,
  cohort: Required<CohortRef>,
  by: string | undefined,
  asOf: AsOf,
): Promise<number> {
  const moment = await momentOf(database, asOf)
  return database.read(async queries => {
    const found = await findVersion(queries, cohort, now)
    if (found === undefined) throw noCohort(cohort.name)
    const isStanding = allOf([
      stands(moment, 'one'),
      by === undefined ? undefined : sql`one.reviewer = ${keyText(by)}`,
    ])
    const [row] = await queries.rows<{ n: number }>(
      sql`SELECT count(*) AS n FROM @cohort_entries AS entry
        WHERE entry.cohort = ${found.cohort} AND ${inVersion(found.version)}
          AND EXISTS (SELECT 1 FROM @spans AS span WHERE span.trace_id = entry.trace_id AND span.parent_span_id IS NULL)
          AND EXISTS (SELECT 1 FROM @reviews AS one WHERE one.trace_id = entry.trace_id AND ${isStanding})`,
    )
    return row?.n ?? 0
  })
}
