import type { AppendReceipt, TapeRecord } from '@runtape/core'
import { appendInSlices } from './append/append-in-slices.ts'
import { startSweep } from './append/sweep-parts.ts'
import { Writer } from './append/writer.ts'
import { Background } from './background/background.ts'
import type { Database } from './database/database.ts'
import { closed } from './database/errors.ts'
import type { SqliteHandle } from './database/handle.ts'
import { FollowedFile } from './files/followed-file.ts'
import { followingStore } from './files/following-store.ts'
import { fileOf, openDatabase } from './open.ts'
import { checkedBusyTimeout, checkedTarget, checkedWorker } from './options.ts'
import { backup } from './removal/backup.ts'
import { removals } from './removal/removals.ts'
import { checkedRetention, type Retention, startRetention } from './removal/retention.ts'
import { vacuum } from './removal/wipe-log.ts'
import { RecentEvents } from './rows/recent-events.ts'
import { RunRows } from './rows/run-rows.ts'
import { runQueries } from './runs.ts'
import { setAsideOf } from './set-aside/set-aside.ts'
import type { SqliteStore } from './store-in-sqlite.ts'
import { testRunQueries } from './test-runs.ts'
import { traceQueries } from './traces.ts'

export interface SqliteStoreOptions {
  /** How long to wait for another process that holds the write lock, in milliseconds. Default: 5000. */
  readonly busyTimeoutMs?: number
  /**
   * Prunes by itself what is older, a second after opening and then each hour, as long as the process runs. Default:
   * everything is kept.
   */
  readonly retention?: Retention
  /**
   * Whether checkpoints, `usage` and lists run in a worker thread: `true` starts it at once, `false` never. Default: with
   * the second batch that is written, or the second read.
   */
  readonly worker?: boolean
}

/**
 * The embedded store: one SQLite file, shared by as many processes of one machine as you like. The file and
 * its directory are made when they are missing.
 *
 * What `appendSync` returns for is written to the file: `kill -9` loses none of it. A power cut can take the
 * last moments, as SQLite flushes its log to the disk at checkpoints only. `append` writes about a millisecond
 * at a time and lets other work of the process run in between.
 *
 * @param target the path of the file, `:memory:`, or an open database of `node:sqlite` or better-sqlite3, which
 *   the store then owns and closes
 * @throws {RuntapeError} `invalid-option` when the target is another thing: an empty text, a URL. `store-unusable` when it is not an SQLite file, not one of Runtape's, of a newer
 *   version, not writable or locked; the message says what to do
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
  const open = (database: Database) =>
    storeOn(database, { path, isOwnFile, busyTimeoutMs, retention, worker })
  if (!isOwnFile) return open(openDatabase(checked, busyTimeoutMs))
  return followingStore(
    new FollowedFile(path, busyTimeoutMs, { open, leave: store => void store.close().catch(() => {}) }),
  )
}

interface Settings {
  /** The file, where it has one. */
  readonly path: string | undefined
  /** Whether the store opened it by its path: SQLite then knows of all that this process does with it. */
  readonly isOwnFile: boolean
  readonly busyTimeoutMs: number
  readonly retention: ReturnType<typeof checkedRetention>
  readonly worker: boolean | undefined
}

function storeOn(
  database: Database,
  { path, isOwnFile, busyTimeoutMs, retention, worker }: Settings,
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
  })
  let closing = false
  let appends: Promise<unknown> = Promise.resolve()
  const append = async (records: readonly TapeRecord[]): Promise<AppendReceipt> => {
    if (closing) throw closed(database.name)
    // One after the other, so that of two appends the first one wins.
    const turn = appends.then(() => appendInSlices(database, writer, records, busyTimeoutMs))
    appends = turn.catch(() => {})
    background.count('batch')
    return turn.then(taken)
  }
  const removing = removals(database, rows, { busyTimeoutMs, path, isClosing: () => closing })
  const stopRetention = startRetention(retention, removing.prune)
  const stopSweep = startSweep(database, busyTimeoutMs)
  return {
    append,
    appendSync: records => {
      const receipt = taken(writer.writeAll(records))
      background.count('record', records.length)
      return receipt
    },
    runs: runQueries(database, background.reads),
    traces: traceQueries(database, background.reads),
    testRuns: testRunQueries(database),
    ...removing,
    vacuum: () => vacuum(database, busyTimeoutMs),
    backup: async to => backup(database, to),
    setAside: setAsideOf(database, path, append),
    diagnostics: () => background.diagnostics(),
    close: async () => {
      closing = true
      await Promise.all([appends, stopRetention(), stopSweep()])
      await background.close()
      database.close()
    },
  }
}
