import type { TapeRecord } from '@runtape/core'
import { copyingKey } from '@runtape/core/internal'
import type { AppendReceipt } from '@runtape/core/store'
import {
  checkedRetention,
  type Retention,
  readChangesQuery,
  readSearchQuery,
  startRetention,
  withCheckedArguments,
} from '@runtape/core/store-helpers'
import { appendInSlices } from './append/append-in-slices.ts'
import { startSweep } from './append/sweep-parts.ts'
import { Writer } from './append/writer.ts'
import { Background } from './background/background.ts'
import { budgetsPart } from './budgets/budgets.ts'
import { cohortQueries } from './cohorts/cohorts.ts'
import { sqliteCopying } from './copying/copying.ts'
import type { Database } from './database/database.ts'
import { closed } from './database/errors.ts'
import type { SqliteHandle } from './database/handle.ts'
import { FollowedFile } from './files/followed-file.ts'
import { followingStore } from './files/following-store.ts'
import { LazyFile } from './files/lazy-file.ts'
import { healthPart } from './health/health.ts'
import { keptCounts } from './health/health-counts.ts'
import { fileOf, openDatabase } from './open.ts'
import { checkedBusyTimeout, checkedSwitch, checkedTarget, checkedWorker } from './options.ts'
import { backup } from './removal/backup.ts'
import { removals } from './removal/removals.ts'
import { vacuum } from './removal/wipe-log.ts'
import { reviewQueries } from './reviews/reviews.ts'
import { RecentEvents } from './rows/recent-events.ts'
import { RunRows } from './rows/run-rows.ts'
import { runQueries } from './runs.ts'
import { setAsideOf } from './set-aside/set-aside.ts'
import type { SqliteStore } from './store-in-sqlite.ts'
import { testRunQueries } from './test-runs/test-runs.ts'
import { traceQueries } from './traces.ts'
import { viewQueries } from './views/views.ts'

export interface SqliteStoreOptions {
  /** How long to wait, in milliseconds, while another process holds the write lock. Default: 5000. */
  readonly busyTimeoutMs?: number
  /**
   * Prunes older recordings automatically, a second after opening and then every hour while the process runs. Default:
   * everything is kept.
   */
  readonly retention?: Retention
  /**
   * Whether checkpoints, `usage` and lists run in a worker thread: `true` starts it at once, `false` never. Default:
   * start with the second batch or read.
   */
  readonly worker?: boolean
  /**
   * Keeps texts for `search`: inputs and outputs of roots, errors and comments, at most 16 KB of each. The worker adds
   * them after the records were written, including those of older records; without a worker, searches do. Default: false.
   */
  readonly search?: boolean
  /**
   * Opens the file with the first record or query, so that a build that only loads the module (`next build`) needs no file.
   * What is wrong with the file is then reported by that call, which a recorder repeats, and not by `sqliteStore`. No effect
   * on `:memory:` and open databases. Default: false.
   */
  readonly lazy?: boolean
}

/**
 * The embedded store: one SQLite file, shared by any number of processes on one machine. Creates the file and its
 * directory if they are missing.
 *
 * `appendSync` returns once the records are in the file: `kill -9` loses none of them. A power failure can lose the
 * last moments, because SQLite flushes its log to disk only at checkpoints. `append` writes for about a millisecond at
 * a time and lets other work of the process run in between.
 *
 * @param target path of the file, `:memory:`, or an open database of `node:sqlite` or better-sqlite3, which the store
 *   then owns and closes
 * @throws {RuntapeError} `invalid-option` if the target is anything else, such as an empty text or a URL.
 *   `store-unusable` if the file is not an SQLite file, belongs to another application, has a newer version, is not
 *   writable or is locked. The message says what to do.
 *
 * @example
 * ```ts
 * import { sqliteStore } from '@runtape/store-sqlite'
 *
 * const store = sqliteStore('runtape.db')
 * console.log(await store.runs.usage({ groupBy: ['config', 'day'] }))
 * await store.close()
 * ```
 */
export function sqliteStore(target: string | SqliteHandle, options: SqliteStoreOptions = {}): SqliteStore {
  const busyTimeoutMs = checkedBusyTimeout(options.busyTimeoutMs)
  const retention = checkedRetention(options.retention)
  const checked = checkedTarget(target, 'sqliteStore')
  const path = fileOf(checked)
  const isOwnFile = typeof checked === 'string' && path !== undefined
  const worker = checkedWorker(options.worker)
  const fillsSearch = checkedSwitch('search', options.search)
  const isLazy = checkedSwitch('lazy', options.lazy)
  const open = (database: Database) =>
    storeOn(database, { path, isOwnFile, busyTimeoutMs, retention, worker, fillsSearch })
  if (!isOwnFile) return open(openDatabase(checked, busyTimeoutMs))
  const leave = (store: SqliteStore) => void store.close().catch(() => {})
  const follow = () => new FollowedFile(path, busyTimeoutMs, { open, leave })
  return followingStore(isLazy ? new LazyFile(`"${path}"`, follow) : follow())
}

interface Settings {
  /** Path of the file, if it has one. */
  readonly path: string | undefined
  /** Whether the store opened the file by its path. SQLite then knows all connections of this process. */
  readonly isOwnFile: boolean
  readonly busyTimeoutMs: number
  readonly retention: ReturnType<typeof checkedRetention>
  readonly worker: boolean | undefined
  readonly fillsSearch: boolean
}

function storeOn(
  database: Database,
  { path, isOwnFile, busyTimeoutMs, retention, worker, fillsSearch }: Settings,
): SqliteStore {
  const recent = new RecentEvents()
  const writer = new Writer(database, recent)
  const rows = new RunRows(database, recent)
  const taken = (receipt: AppendReceipt): AppendReceipt => {
    rows.added(receipt.accepted)
    return receipt
  }
  const background = new Background(database, rows, {
    path: isOwnFile ? path : undefined,
    name: database.name,
    busyTimeoutMs,
    worker,
    fillsSearch,
  })
  let closing = false
  let appends: Promise<unknown> = Promise.resolve()
  const append = async (records: readonly TapeRecord[]): Promise<AppendReceipt> => {
    if (closing) throw closed(database.name)
    // One after the other, so that the first of two appends wins.
    const turn = appends.then(() => appendInSlices(database, writer, records, busyTimeoutMs))
    appends = turn.catch(() => {})
    background.count('batch')
    return turn.then(taken)
  }
  const removing = removals(database, rows, { busyTimeoutMs, path, isClosing: () => closing })
  const stopRetention = startRetention(retention, removing.prune)
  const stopSweep = startSweep(database, busyTimeoutMs)
  const [runs, cohorts] = [runQueries(database, background.reads), cohortQueries(database, busyTimeoutMs)]
  const store = withCheckedArguments<SqliteStore>({
    append,
    appendSync: records => {
      const receipt = taken(writer.writeAll(records))
      background.count('record', records.length)
      return receipt
    },
    runs,
    revision: () => background.reads.revision(),
    changes: async query => background.reads.changes(readChangesQuery(query)),
    traces: traceQueries(database, background.reads),
    testRuns: testRunQueries(database),
    cohorts,
    reviews: reviewQueries(database, { runs, cohorts }, background.reads),
    budgets: budgetsPart(database, background.reads, busyTimeoutMs),
    health: healthPart(database, background.reads, { busyTimeoutMs, retention }),
    views: viewQueries(database),
    search: async query => background.reads.search(readSearchQuery(query)),
    ...removing,
    vacuum: () => vacuum(database, busyTimeoutMs),
    backup: async to => backup(database, to),
    setAside: setAsideOf(database, path, append),
    diagnostics: () => {
      const counts = closing ? [] : countsIfReadable(database)
      return { ...background.diagnostics(), ...(counts.length > 0 && { counts }) }
    },
    close: async () => {
      closing = true
      await Promise.all([appends, stopRetention(), stopSweep()])
      await background.close()
      database.close()
    },
  })
  return Object.assign(store, { [copyingKey]: () => sqliteCopying(database) })
}

/** The kept counts. None of a damaged file: its damage is reported elsewhere, and an application must be able to look. */
function countsIfReadable(database: Database): ReturnType<typeof keptCounts> {
  try {
    return keptCounts(database)
  } catch {
    return []
  }
}
