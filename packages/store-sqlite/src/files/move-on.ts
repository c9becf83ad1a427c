import { rmSync } from 'node:fs'
import type { RecordIdentity } from '@runtape/core'
import { type Carried, carryOver } from './carry-over.ts'
import { idOf, logIndexSuffix, logSuffix } from './file-ids.ts'
import type { Marks } from './file-marks.ts'
import { moveLog } from './log-renewal.ts'
import { type OpenFile, openFileAt } from './open-file.ts'

export interface MovedOn {
  readonly next: OpenFile
  readonly carried: Carried
}

/**
 * Opens the file that is at the path now, or makes one, and copies into it what was written into the old one after `marks`.
 * Returns `undefined` where another process does the same just now.
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
  // So that a file that was moved away is whole without its log.
  quietly(() => moveLog(old))
  let hasBegun = false
  let moved: MovedOn | undefined
  const work = (): MovedOn => {
    hasBegun = true
    removeOldLog(file)
    const next = openFileAt(path, busyTimeoutMs)
    try {
      moved = { next, carried: carryOver(old, next.database, marks, known) }
      return moved
    } catch (error) {
      next.database.close()
      throw error
    }
  }
  try {
    // Under the lock of the old file: one process after the other, and nothing is written meanwhile.
    return old.transactionNow(work)
  } catch (error) {
    // All is copied; only the old file could not be written to.
    if (moved) return moved
    if (hasBegun) throw error
    // The old file is damaged, or its disk is gone.
    return work()
  } finally {
    quietly(() => moveLog(old))
  }
}

/** The log of the old file must not be applied to the new one. Whether it is that is known by its inode. */
function removeOldLog({ base, ids }: OpenFile): void {
  if (idOf(base) === ids.main) return
  if (idOf(base + logSuffix) === ids.log) rmSync(base + logSuffix, { force: true })
  if (idOf(base + logIndexSuffix) === ids.logIndex) rmSync(base + logIndexSuffix, { force: true })
}

function quietly(work: () => unknown): void {
  try {
    work()
  } catch {
    // A file that cannot be read. What can be copied is.
  }
}
