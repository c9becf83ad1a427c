import type { Store } from '@runtape/core/store'
import { readChangesQuery, withCheckedArguments } from '@runtape/core/store-helpers'
import { appendToTape } from './memory/append.ts'
import { changesOf } from './memory/changes.ts'
import { cohortQueries } from './memory/reviewing/cohorts.ts'
import { reviewQueries } from './memory/reviewing/reviews.ts'
import { revisionText } from './memory/revisions.ts'
import { runQueries } from './memory/runs/runs.ts'
import { testRunsOf } from './memory/test-runs.ts'
import { searchQueries } from './memory/traces/search.ts'
import { newTape, openTape, type Tape } from './memory/traces/tape.ts'
import { traceQueries } from './memory/traces/traces.ts'
import { budgetsPart } from './memory/upkeep/budgets.ts'
import { healthPart } from './memory/upkeep/health.ts'
import { removals } from './memory/upkeep/removal.ts'
import { viewQueries } from './memory/views.ts'

/**
 * A store in memory: the whole contract in its simplest form, for tests and experiments. Its contents end with the process. Every
 * query scans everything, so keep it to thousands of records.
 *
 * @example
 * ```ts
 * import { memoryStore, runEvent } from '@runtape/testing'
 *
 * const store = memoryStore()
 * const event = runEvent({ metric: 'tokens', value: { input: 12, output: 3, total: 15 } })
 * const receipt = await store.append([event, event])
 * console.log(receipt.accepted, receipt.duplicates) // 1 1
 * ```
 */
export const memoryStore = (): Store => storeOnTape(newTape())

/** The store over a tape. */
export function storeOnTape(tape: Tape): Store {
  const testRuns = testRunsOf(tape)
  const [runs, cohorts] = [runQueries(tape), cohortQueries(tape)]
  return withCheckedArguments<Store>({
    append: async records => appendToTape(openTape(tape), records),
    appendSync: records => appendToTape(openTape(tape), records),
    runs,
    revision: async () => revisionText(openTape(tape), tape.last.revision),
    changes: async query => changesOf(openTape(tape), readChangesQuery(query)),
    ...searchQueries(tape),
    traces: traceQueries(tape),
    testRuns,
    cohorts,
    reviews: reviewQueries(tape, { runs, cohorts }),
    budgets: budgetsPart(tape),
    health: healthPart(tape),
    views: viewQueries(tape),
    ...removals(tape, testRuns),
    close: async () => {
      tape.closed = true
    },
  })
}
