import { monotonicNow } from '@runtape/core/internal'
import { checkpoint, withoutWaiting } from '../database/checkpoint.ts'
import type { Database } from '../database/database.ts'
import { isBusy } from '../database/errors.ts'
import { loadNodeSqlite } from '../database/node-sqlite.ts'
import { idsAt } from './file-ids.ts'
import { type OpenFile, openFileAt } from './open-file.ts'

/** In this time every process has noticed, and writes no more. */
const untilAllKnowMs = 1200
/** In this time every process has left, and the first may be back. */
const untilAllLeftMs = 2500

/**
 * Gives a file a new log whose old one, or the index of that, was removed while it was open. Processes that have the old
 * one open see each other's writes and no others do; so they all stop to write, move what it has into the file, leave, and
 * open the file again.
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

  /** The file with its new log, once there can be one. */
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

/** Moves all of the log into the file, without waiting. Returns whether that was possible. */
export const moveLog = (database: Database): boolean =>
  withoutWaiting(database, () => checkpoint(database, 'TRUNCATE'))?.busy === 0

/** Ends the log and starts another one. Returns false where other processes have the file open. */
const startLog = (database: Database): boolean =>
  withoutWaiting(database, () => {
    const { journal_mode: mode } =
      database.get<{ journal_mode: string }>('PRAGMA journal_mode = DELETE') ?? {}
    database.exec('PRAGMA journal_mode = WAL')
    // Makes the files of the log.
    database.transaction(() => {})
    return mode === 'delete'
  }) ?? false

/** Whether no process has the file open: its log, if it has one, is then taken in. */
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
