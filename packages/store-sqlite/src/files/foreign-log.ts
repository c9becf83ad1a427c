import { renameSync } from 'node:fs'
import { lookAtAll } from './at-exit.ts'
import { idOf, inodeIn, lockedInodes, logIndexSuffix, logSuffix, realPathOf } from './file-ids.ts'

const waitMs = 20
const tries = 100

/**
 * To be called before a file is opened. A log that lies beside a new file can be of the one that was there before, and
 * still be written to: SQLite would apply it to the new one. The process that writes to it notices within a second and
 * takes it away, so this waits for that; if it never does, the log is put aside. Where locks are not known it does nothing.
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

/** Whether the log at a path may not be the one of the file. */
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
      // It is gone.
    }
  }
}
