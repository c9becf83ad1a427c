import { realDelay } from '@runtape/core/internal'
import { checkpoint, withoutWaiting } from '../database/checkpoint.ts'
import type { Database } from '../database/database.ts'

const tries = 20
const waitMs = 10

/**
 * Moves the log into the file and empties it. Returns what is in the way, if it cannot be: a reader that another process
 * keeps open still needs it.
 */
export async function wipeLog(database: Database, busyTimeoutMs: number): Promise<string | undefined> {
  for (let tried = 0; tried < tries; tried++) {
    if (tried > 0) await realDelay(waitMs)
    // As much as can be without holding up writers; then little is left.
    if (moved(database, 'PASSIVE', busyTimeoutMs) && moved(database, 'TRUNCATE', busyTimeoutMs))
      return undefined
  }
  return 'Another process reads the database, so its log still contains what was removed. Close that process, then open and close the database, or run the command again.'
}

/** So large a file is rewritten in about 10 ms. */
const smallBytes = 2 ** 20

/**
 * Rewrites the file, as what was removed can have left copies in the unused parts of pages.
 *
 * @returns what is in the way, if anything
 */
export async function vacuum(database: Database, busyTimeoutMs: number): Promise<string | undefined> {
  database.attempt(() => database.exec('VACUUM'))
  return wipeLog(database, busyTimeoutMs)
}

/** As `vacuum` where that is fast, else only the log. */
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
