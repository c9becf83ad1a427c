import { renameSync } from 'node:fs'
import { lookAtAll } from './at-exit.ts'
import { idOf, inodeIn, lockedInodes, logIndexSuffix, logSuffix, realPathOf } from './file-ids.ts'

const waitMs = 20
const tries = 100

/**
 * Call before opening a file. The log next to a new file can belong to a previous file and still be in use; SQLite
 * would apply it to the new file. The process that writes that log notices within a second and removes it, so this
 * waits. If the log stays, it is renamed. Does nothing where locks cannot be listed.
 */
export function awaitOwnLog(path: string): void {
  lookAtAll()
  const base = realPathOf(path)
  for (let tried = 0; tried < tries; tried++) {
    if (!isStrange(base)) return
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, waitMs)
  }
  if (logStateOf(base) === 'foreign') putAside(base)
}

/** Whether the log at a path may belong to another file. */
export const isStrange = (base: string): boolean => logStateOf(base) !== 'own'

/** `foreign`: the log is in use, the file is not. `lost`: the file is in use, and its log is not where it should be. */
function logStateOf(base: string): 'own' | 'foreign' | 'lost' {
  const [main, log, index] = [base, base + logSuffix, base + logIndexSuffix].map(idOf)
  if (main === undefined && index === undefined) return 'own'
  const locked = lockedInodes()
  if (locked === undefined) return 'own'
  const isLocked = (id: string | undefined) => id !== undefined && locked.has(inodeIn(id))
  if (isLocked(index)) return isLocked(main) ? (log === undefined ? 'lost' : 'own') : 'foreign'
  return isLocked(main) && log !== undefined ? 'lost' : 'own'
}

function putAside(base: string): void {
  for (const suffix of [logSuffix, logIndexSuffix]) {
    try {
      renameSync(base + suffix, `${base}${suffix}.of-replaced-file`)
    } catch {
      // It no longer exists.
    }
  }
}
