import type { Database } from './database.ts'
import { isBusy } from './errors.ts'

export interface Checkpoint {
  /** 0 where no other connection was in the way. */
  readonly busy: number
  /** Frames in the log. */
  readonly log: number
  /** How many of them are in the file. */
  readonly checkpointed: number
}

const blocked: Checkpoint = { busy: 1, log: -1, checkpointed: -1 }

/** Moves pages of the write-ahead log into the file. `RESTART`: it is written over from then on. `TRUNCATE`: it is emptied. */
export const checkpoint = (database: Database, mode: 'PASSIVE' | 'RESTART' | 'TRUNCATE'): Checkpoint =>
  unlessBusy(() => database.get<Checkpoint>(`PRAGMA wal_checkpoint(${mode})`)) ?? blocked

/** What is in the log, and what of it in the file: nothing is moved. Only where `saysLogState`. */
export const logState = (database: Database): Checkpoint =>
  unlessBusy(() => database.get<Checkpoint>('PRAGMA wal_checkpoint(NOOP)')) ?? blocked

/** Whether SQLite knows the word: before 3.51 it takes it for `PASSIVE`. */
export function saysLogState(database: Database): boolean {
  const { version } = database.get<{ version: string }>('SELECT sqlite_version() AS version') ?? {}
  const [major = 0, minor = 0] = (version ?? '').split('.').map(Number)
  return major > 3 || minor >= 51
}

/**
 * Works without waiting for another connection; `undefined` where one is in the way.
 *
 * @param busyTimeoutMs what is waited from then on. Default: as long as before.
 */
export function withoutWaiting<T>(
  database: Database,
  work: () => T,
  busyTimeoutMs = database.get<{ timeout: number }>('PRAGMA busy_timeout')?.timeout ?? 0,
): T | undefined {
  database.exec('PRAGMA busy_timeout = 0')
  try {
    return unlessBusy(work)
  } finally {
    database.exec(`PRAGMA busy_timeout = ${busyTimeoutMs}`)
  }
}

function unlessBusy<T>(work: () => T): T | undefined {
  try {
    return work()
  } catch (error) {
    if (isBusy((error as { cause?: unknown }).cause ?? error)) return undefined
    throw error
  }
}
