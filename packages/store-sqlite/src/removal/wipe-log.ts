import { realDelay } from '@runtape/core/internal'
import { checkpoint, withoutWaiting } from '../database/checkpoint.ts'
import type { Database } from '../database/database.ts'
import { dropOldIndexes } from '../migration/migrate.ts'
import { vacuumIndex } from '../trigrams/wipe-shards.ts'

const tries = 20
const waitMs = 10

/**
 * Moves the log into the file and empties it. Returns what prevents that, if anything: a read of another process may
 * still need the log.
 */
export async function wipeLog(database: Database, busyTimeoutMs: number): Promise<string | undefined> {
  for (let tried = 0; tried < tries; tried++) {
    if (tried > 0) await realDelay(waitMs)
    // First without blocking writers, so that the second pass has little left to do.
    if (moved(database, 'PASSIVE', busyTimeoutMs) && moved(database, 'TRUNCATE', busyTimeoutMs))
      return undefined
  }
  return 'Another process reads the database, so its log still contains what was removed. Close that process, then open and close the database, or run the command again.'
}

/** A file of up to this size is rewritten in about 10 ms. */
const smallBytes = 2 ** 20

/**
 * Rewrites the file, because unused parts of pages can contain copies of removed data.
 *
 * @returns what prevents that, if anything
 */
export async function vacuum(database: Database, busyTimeoutMs: number): Promise<string | undefined> {
  dropOldIndexes(database)
  database.attempt(() => database.exec('VACUUM'))
  vacuumIndex(database)
  return wipeLog(database, busyTimeoutMs)
}

/** As `vacuum` if that is fast, otherwise only the log. */
export async function wipe(database: Database, busyTimeoutMs: number): Promise<string | undefined> {
  const { bytes } = database.get<{ bytes: number }>(
    'SELECT page_count * page_size AS bytes FROM pragma_page_count, pragma_page_size',
  ) ?? { bytes: 0 }
  if (bytes <= smallBytes) return vacuum(database, busyTimeoutMs)
  return (await wipeLog(database, busyTimeoutMs)) ?? copies
}

const copies =
  'Unused parts of pages can still contain copies of short texts, which SQLite left when it moved them. Call vacuum() of the store, or run "runtape erase" with --vacuum.'

function moved(database: Database, mode: 'PASSIVE' | 'TRUNCATE', busyTimeoutMs: number): boolean {
  const work = () => checkpoint(database, mode)
  return database.attempt(() => withoutWaiting(database, work, busyTimeoutMs)?.busy === 0)
}
