import { inOwnTransaction } from '../append/append-in-slices.ts'
import type { Database } from '../database/database.ts'
import { otherWork } from '../database/other-work.ts'
import { dirtyShards, forgetDirty } from './dirty-shards.ts'
import { isBound } from './tokens.ts'
import { TrigramFile } from './trigram-file.ts'
import { tableOf } from './trigram-schema.ts'

/** Tables in which FTS5 keeps a shard, with the number of rows to remove at once: about a quarter of a megabyte. */
const tables = [
  ['data', 64],
  ['idx', 4096],
  ['docsize', 4096],
] as const

/**
 * Removes the shards with trigrams of removed texts from the index, in slices, also where SQLite has no FTS5. They are built
 * again from the remaining texts. Call after the texts were removed.
 *
 * @returns what prevents that, if anything
 */
export async function wipeShards(main: Database, busyTimeoutMs: number): Promise<string | undefined> {
  const dirty = dirtyShards(main)
  const file = new TrigramFile(main)
  try {
    const index = file.open()
    if (index) for (const shard of shardsToWipe(main, index)) await wipe(index, shard, busyTimeoutMs)
    if (dirty.length > 0) await inOwnTransaction(main, busyTimeoutMs, () => forgetDirty(main, dirty))
    return undefined
  } catch (error) {
    main.assertOpen()
    file.discardIf(error)
    return leftover(file.path)
  } finally {
    file.close()
  }
}

/** Rewrites the index file, if there is one. */
export function vacuumIndex(main: Database): void {
  const file = new TrigramFile(main)
  try {
    file.open()?.exec('VACUUM')
  } catch (error) {
    // Another process has it locked. Removed contents were overwritten before.
    file.discardIf(error)
  } finally {
    file.close()
  }
}

/** All shards if they were built from another state of the database. */
function shardsToWipe(main: Database, index: Database): number[] {
  if (isBound(main, index)) return dirtyShards(main).map(({ shard }) => shard)
  return index.all<{ shard: number }>('SELECT shard FROM shards').map(({ shard }) => shard)
}

async function wipe(index: Database, shard: number, busyTimeoutMs: number): Promise<void> {
  const inSlice = (work: () => void) => inOwnTransaction(index, busyTimeoutMs, work)
  await inSlice(() => index.run('UPDATE shards SET is_void = 1 WHERE shard = ?', shard))
  for (const [name, atOnce] of tables) {
    const table = `${tableOf(shard)}_${name}`
    for (let isOver = false; !isOver; await otherWork())
      await inSlice(() => {
        isOver = removeSome(index, table, atOnce)
      })
  }
}

/** Returns whether the table is empty. */
function removeSome(index: Database, table: string, atOnce: number): boolean {
  if (!index.get("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?", table)) return true
  const key = table.endsWith('_idx') ? '(segid, term)' : 'id'
  const keys = key.replace(/[()]/g, '')
  const sql = `DELETE FROM ${table} WHERE ${key} IN (SELECT ${keys} FROM ${table} LIMIT ${atOnce})`
  if (index.run(sql) === atOnce) return false
  // Without a condition, SQLite overwrites also what remained of moved rows on the first page.
  index.exec(`DELETE FROM ${table}`)
  return true
}

const leftover = (path = ''): string =>
  `The search index "${path}" still has parts of what was removed, because another process uses it or it cannot be written. Run the command again, or remove the file: it is built again.`
