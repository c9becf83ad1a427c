import type { Database } from './database.ts'
import { isBusy } from './errors.ts'

export interface Checkpoint {
  /** 0 if no other connection was in the way. */
  readonly busy: number
  /** Number of frames in the log. */
  readonly log: number
  /** Number of frames that are already in the file. */
  readonly checkpointed: number
}

const blocked: Checkpoint = { busy: 1, log: -1, checkpointed: -1 }

/**
 * Moves pages of the write-ahead log into the file. After `RESTART` the log is overwritten from its start; `TRUNCATE`
 * empties it.
 */
export const checkpoint = (database: Database, mode: 'PASSIVE' | 'RESTART' | 'TRUNCATE'): Checkpoint =>
  unlessBusy(() => database.get<Checkpoint>(`PRAGMA wal_checkpoint(${mode})`)) ?? blocked

/**
 * Returns how much is in the log and how much of it is in the file, without moving anything. Requires `saysLogState`.
 */
export const logState = (database: Database): Checkpoint =>
  unlessBusy(() => database.get<Checkpoint>('PRAGMA wal_checkpoint(NOOP)')) ?? blocked

/** Whether SQLite supports the mode. Before 3.51 it treats it as `PASSIVE`. */
export function saysLogState(database: Database): boolean {
  const { version } = database.get<{ version: string }>('SELECT sqlite_version() AS version') ?? {}
  const [major = 0, minor = 0] = (version ?? '').split('.').map(Number)
  return major > 3 || minor >= 51
}

/**
 * Runs `work` without waiting for other connections; `undefined` if one is in the way.
 *
 * @param busyTimeoutMs busy timeout to set afterwards. Default: the previous one.
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
