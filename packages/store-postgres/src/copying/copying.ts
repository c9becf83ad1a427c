import type { CopiedKind, CopyBatch, StoreCopying } from '@runtape/core/internal'
import type { Database } from '../database/database.ts'
import { raw, sql } from '../database/sql.ts'
import { itemBatches, priceBatches, reviewBatches, verdictBatches } from './source/changing.ts'
import { budgetBatches, claimBatches, cohortBatches, testRunBatches, viewBatches } from './source/lists.ts'
import { eventBatches, spanBatches } from './source/records.ts'
import { healthBatches, removalBatches } from './source/upkeep.ts'
import { postgresTarget } from './target/copy-target.ts'

type Read = (database: Database, after: string | undefined) => AsyncGenerator<CopyBatch>

const reads: Readonly<Record<CopiedKind, Read>> = {
  removals: removalBatches,
  events: eventBatches,
  prices: priceBatches,
  spans: spanBatches,
  'test runs': testRunBatches,
  items: itemBatches,
  verdicts: verdictBatches,
  reviews: reviewBatches,
  claims: claimBatches,
  cohorts: cohortBatches,
  views: viewBatches,
  budgets: budgetBatches,
  health: healthBatches,
}

/** How many rows of a table are copied. */
const counts: Readonly<Record<CopiedKind, string>> = {
  removals: '@tombstones',
  events: '@run_events',
  prices: '@event_prices',
  spans: '@spans',
  'test runs': '@test_runs',
  items: '@items',
  verdicts: '@verdicts',
  reviews: '@reviews',
  claims: '@review_claims',
  cohorts: '@cohorts',
  views: '@views',
  budgets: '@budgets',
  health: "@health_counts WHERE kind <> 'misdated' OR reporter <> ''",
}

/** The part of the store that `runtape copy` uses. */
export const postgresCopying = (database: Database): StoreCopying => ({
  id: async () => idOf(database),
  read: (kind, after) => reads[kind](database, after) as never,
  counts: async () => {
    const parts = Object.entries(counts).map(([kind, rows]) => `(SELECT count(*) FROM ${rows}) AS "${kind}"`)
    const [row] = await database.rows<Record<CopiedKind, number>>(sql`SELECT ${raw(parts.join(', '))}`)
    return row as Record<CopiedKind, number>
  },
  leftBehind: async () => ({}),
  ...postgresTarget(database),
})

async function idOf(database: Database): Promise<string> {
  const [row] = await database.rows<{ store: string }>(
    sql`SELECT store FROM @store_ids WHERE last_xid IS NULL ORDER BY id DESC LIMIT 1`,
  )
  return row?.store ?? ''
}
