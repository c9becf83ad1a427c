import { monotonicNow } from '@runtape/core/internal'
import { checkpoint, withoutWaiting } from '../database/checkpoint.ts'
import type { Database } from '../database/database.ts'
import { isBusy } from '../database/errors.ts'
import { loadNodeSqlite } from '../database/node-sqlite.ts'
import { idsAt } from './file-ids.ts'
import { type OpenFile, openFileAt } from './open-file.ts'

/** After this time every process has noticed and stopped writing. */
const untilAllKnowMs = 1200
/** After this time every process has closed the file, and the first may open it again. */
const untilAllLeftMs = 2500

/**
 * Gives a file a new log after the old log or its index was removed while open. Processes with the old log open see
 * only each other's writes. So all of them stop writing, move the pages of the log into the file, close the file and
 * open it again.
 */
export class LogRenewal {
  readonly #file: OpenFile
  readonly #path: string
  readonly #busyTimeoutMs: number
  readonly #since = monotonicNow()
  #leftAt: number | undefined

  constructor(file: OpenFile, path: string, busyTimeoutMs: number) {
    this.#file = file
    this.#path = path
    this.#busyTimeoutMs = busyTimeoutMs
  }

  /** The file with its new log, once that is possible. */
  try(): OpenFile | undefined {
    const { database, base } = this.#file
    if (this.#leftAt === undefined) {
      const isMoved = moveLog(database)
      if (isMoved && startLog(database)) return { database, base, ids: idsAt(this.#path, base) }
      if (!isMoved || monotonicNow() - this.#since < untilAllKnowMs) return undefined
      database.close()
      this.#leftAt = monotonicNow()
    }
    const isOver = monotonicNow() - this.#leftAt >= untilAllLeftMs
    return isOver || isAlone(base) ? openFileAt(this.#path, this.#busyTimeoutMs) : undefined
  }
}

/** Moves the whole log into the file without waiting. Returns whether that was possible. */
export const moveLog = (database: Database): boolean =>
  withoutWaiting(database, () => checkpoint(database, 'TRUNCATE'))?.busy === 0

/** Ends the log and starts a new one. Returns false if other processes have the file open. */
const startLog = (database: Database): boolean =>
  withoutWaiting(database, () => {
    const { journal_mode: mode } =
      database.get<{ journal_mode: string }>('PRAGMA journal_mode = DELETE') ?? {}
    database.exec('PRAGMA journal_mode = WAL')
    // Creates the files of the log.
    database.transaction(() => {})
    return mode === 'delete'
  }) ?? false

/** Whether no process has the file open. If so, also merges its log, if there is one. */
function isAlone(base: string): boolean {
  const { DatabaseSync } = loadNodeSqlite()
  const handle = new DatabaseSync(base)
  try {
    handle.exec('PRAGMA busy_timeout = 0; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; COMMIT')
    handle.exec('PRAGMA journal_mode = DELETE')
    return true
  } catch (error) {
    if (isBusy(error)) return false
    throw error
  } finally {
    handle.close()
  }
}
