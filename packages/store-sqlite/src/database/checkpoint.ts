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

/** Moves pages of the write-ahead log into the file; `TRUNCATE` empties it. */
export const checkpoint = (database: Database, mode: 'PASSIVE' | 'TRUNCATE'): Checkpoint =>
  unlessBusy(() => database.get<Checkpoint>(`PRAGMA wal_checkpoint(${mode})`)) ?? blocked

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
