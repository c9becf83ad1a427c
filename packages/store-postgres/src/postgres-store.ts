import type { TapeRecord } from '@runtape/core'
import { copyingKey } from '@runtape/core/internal'
import type { AppendReceipt, Store } from '@runtape/core/store'
import { readChangesQuery, startRetention, withCheckedArguments } from '@runtape/core/store-helpers'
import { append } from './append/append.ts'
import { prepare } from './append/prepare.ts'
import { Sweeper } from './blobs/sweeper.ts'
import { budgetsPart } from './budgets/budgets.ts'
import { readChanges } from './changes/read-changes.ts'
import { cohortsPart } from './cohorts/cohorts.ts'
import { postgresCopying } from './copying/copying.ts'
import { closed } from './database/errors.ts'
import { openDatabase } from './database/open.ts'
import { healthPart } from './health/health.ts'
import { currentRevision, revisionText } from './history/revisions.ts'
import { checkedOptions, type PostgresStoreOptions } from './options.ts'
import { pruningAlone, removalsPart } from './removal/removals.ts'
import { reviewsPart } from './reviews/reviews.ts'
import { runQueries } from './runs/runs.ts'
import { searchOn, searchOnly } from './searching/searching.ts'
import { testRunsPart } from './test-runs/test-runs.ts'
import { traceQueries } from './traces/traces.ts'
import { QuarterKeeper } from './usage/quarter-keeper.ts'
import { viewsPart } from './views/views.ts'

/**
 * The store for many machines: one exact tally and one tape in Postgres 14 or newer. Connects with its first call, and then
 * creates or updates its tables. Works through PgBouncer in transaction mode: nothing remains in a session.
 *
 * @throws {RuntapeError} `invalid-option` for a wrong option. Calls of the store reject with `store-unusable` if the database
 *   cannot be reached or used; the message says what to do. The next call tries again.
 *
 * @example
 * ```ts
 * import { postgresStore } from '@runtape/store-postgres'
 *
 * const store = postgresStore({ connectionString: 'postgres://app@localhost/app' })
 * console.log(await store.runs.get('run-1'))
 * await store.close()
 * ```
 */
export function postgresStore(options: PostgresStoreOptions): Store {
  const checked = checkedOptions(options)
  const database = openDatabase(checked)
  const searching = checked.search ? searchOn(database, checked.migrate) : searchOnly(database)
  let closing = false
  let appends: Promise<unknown> = Promise.resolve()
  const sweeper = new Sweeper(database)
  const quarters = new QuarterKeeper(database)
  const runs = runQueries(database)
  const cohorts = cohortsPart(database)
  const isClosing = () => closing
  const stopRetention = startRetention(checked.retention, pruningAlone(database, isClosing))
  const store = withCheckedArguments<Store>({
    append: async (records: readonly TapeRecord[]): Promise<AppendReceipt> => {
      if (closing) throw closed(database.name)
      // All of them first: an invalid record must not leave half a batch behind.
      const all = records.map(prepare)
      // One after the other, so that the first of two appends wins.
      const turn = appends.then(() => append(database, all))
      appends = turn.then(
        () => {
          sweeper.start()
          searching.onAppend()
          quarters.soon()
        },
        () => {},
      )
      return turn
    },
    runs,
    traces: traceQueries(database),
    revision: async () => revisionText(await currentRevision(database)),
    testRuns: testRunsPart(database),
    cohorts,
    reviews: reviewsPart(database, { runs, cohorts }),
    budgets: budgetsPart(database),
    health: healthPart(database, checked.retention),
    views: viewsPart(database),
    search: searching.search,
    changes: async query => readChanges(database, readChangesQuery(query)),
    ...removalsPart(database, isClosing),
    close: async () => {
      closing = true
      await database.close(
        appends.then(async () => {
          await stopRetention()
          await sweeper.close()
          await searching.close()
          await quarters.close()
        }),
      )
    },
  })
  return Object.assign(store, { [copyingKey]: () => postgresCopying(database) })
}
