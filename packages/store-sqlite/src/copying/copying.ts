import { type CopiedKind, type CopyBatch, realNow, type StoreCopying } from '@runtape/core/internal'
import type { Database } from '../database/database.ts'
import { otherWork } from '../database/other-work.ts'
import { storeId } from '../history/store-ids.ts'
import { budgetBatches, cohortBatches, viewBatches } from './source/lists.ts'
import { eventBatches, priceBatches, spanBatches } from './source/records.ts'
import { claimBatches, reviewBatches } from './source/reviews.ts'
import { itemBatches, testRunBatches, verdictBatches } from './source/test-runs.ts'
import { healthBatches, removalBatches } from './source/upkeep.ts'
import { CopyTarget } from './target/copy-target.ts'

type Read = (database: Database, after: string | undefined) => Generator<CopyBatch>

const reads: Readonly<Record<CopiedKind, Read>> = {
  removals: removalBatches,
  events: eventBatches,
  prices: priceBatches,
  spans: spanBatches,
  'test runs': testRunBatches,
  items: itemBatches,
  verdicts: verdictBatches,
  reviews: reviewBatches,
  claims: database => claimBatches(database, realNow()),
  cohorts: cohortBatches,
  views: viewBatches,
  budgets: budgetBatches,
  health: healthBatches,
}

/** How many rows of a table are copied. */
const counts: Readonly<Record<CopiedKind, string>> = {
  removals: 'tombstones',
  events: "run_events WHERE run_id <> ''",
  prices: 'event_prices',
  spans: "span_rows WHERE trace_id <> ''",
  'test runs': 'test_runs',
  items: 'items',
  verdicts: 'verdict_history',
  reviews: 'reviews',
  claims: 'review_claims',
  cohorts: "cohorts WHERE version > 0 AND name NOT GLOB '@removed *'",
  views: 'views',
  budgets: 'budgets',
  health: "health_counts WHERE kind <> 'misdated' OR reporter <> ''",
}

const leftBehind = {
  'records set aside': 'set_aside',
  'events waiting in an outbox': 'outbox',
} as const

/** The part of the store that `runtape copy` uses. */
export function sqliteCopying(database: Database): StoreCopying {
  const target = new CopyTarget(database)
  const count = (rows: string) => database.get<{ n: number }>(`SELECT count(*) AS n FROM ${rows}`)?.n ?? 0
  return {
    id: async () => storeId(database),
    read: async function* (kind, after) {
      for (const batch of reads[kind](database, after)) {
        yield batch as never
        await otherWork()
      }
    },
    counts: async () =>
      Object.fromEntries(Object.entries(counts).map(([kind, rows]) => [kind, count(rows)])) as never,
    leftBehind: async () => {
      const all = Object.entries(leftBehind).map(([what, table]) => [what, count(table)] as const)
      return Object.fromEntries(all.filter(([, n]) => n > 0))
    },
    positions: async source => target.positions(source),
    otherSources: async source => target.otherSources(source),
    write: async (source, batch) => target.write(source, batch),
  }
}
