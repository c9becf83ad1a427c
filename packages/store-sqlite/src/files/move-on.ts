import { rmSync } from 'node:fs'
import type { RecordIdentity } from '@runtape/core'
import { type Carried, carryOver } from '../carrying/carry-over.ts'
import { becomeOther } from '../history/store-ids.ts'
import { idOf, logIndexSuffix, logSuffix } from './file-ids.ts'
import type { Marks } from './file-marks.ts'
import { moveLog } from './log-renewal.ts'
import { type OpenFile, openFileAt } from './open-file.ts'

export interface MovedOn {
  readonly next: OpenFile
  readonly carried: Carried
}

/**
 * Opens the file that is now at the path, or creates it, and copies what was written into the old file after `marks`.
 * Returns `undefined` if another process is doing the same.
 *
 * @throws {RuntapeError} when the file at the path cannot be used
 */
export function moveOn(
  file: OpenFile,
  { path, busyTimeoutMs }: { readonly path: string; readonly busyTimeoutMs: number },
  marks: Marks,
  known: readonly RecordIdentity[],
): MovedOn | undefined {
  const { database: old } = file
  // So that the file, if it was moved away, is complete without its log.
  quietly(() => moveLog(old))
  let hasBegun = false
  let moved: MovedOn | undefined
  const work = (): MovedOn => {
    hasBegun = true
    removeOldLog(file)
    const next = openFileAt(path, busyTimeoutMs)
    try {
      becomeOther(next.database, old)
      moved = { next, carried: carryOver(old, next.database, marks, known) }
      return moved
    } catch (error) {
      next.database.close()
      throw error
    }
  }
  try {
    // Under the lock of the old file: one process at a time, and no writes meanwhile.
    return old.transactionNow(work)
  } catch (error) {
    // Everything was copied. Only the commit in the old file failed.
    if (moved) return moved
    if (hasBegun) throw error
    // The old file is damaged, or its disk is gone.
    return work()
  } finally {
    quietly(() => moveLog(old))
  }
}

/** Removes the log of the old file, recognized by its inode: SQLite must not apply it to the new file. */
function removeOldLog({ base, ids }: OpenFile): void {
  if (idOf(base) === ids.main) return
  if (idOf(base + logSuffix) === ids.log) rmSync(base + logSuffix, { force: true })
  if (idOf(base + logIndexSuffix) === ids.logIndex) rmSync(base + logIndexSuffix, { force: true })
}

function quietly(work: () => unknown): void {
  try {
    work()
  } catch {
    // The file cannot be read. Whatever is readable is still copied.
  }
}
