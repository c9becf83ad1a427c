import { type BigIntStats, readFileSync, realpathSync, statSync } from 'node:fs'

/** Which files an open database has, by device and inode: names can come to mean others. */
export interface FileIds {
  /** Of the path as it was given. */
  readonly main: string | undefined
  readonly log: string | undefined
  readonly logIndex: string | undefined
  /** Bytes of the main file. */
  readonly size: number
}

/** What SQLite adds to the name of the file. */
export const logSuffix = '-wal'
export const logIndexSuffix = '-shm'

/** Nothing where there is no such file, or no way to it. Node 22 throws for a path below a file. */
function statOf(path: string): BigIntStats | undefined {
  try {
    return statSync(path, { bigint: true, throwIfNoEntry: false })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOTDIR') return undefined
    throw error
  }
}

/** Device and inode. A file that is open keeps its own: no other one gets it. */
export function idOf(path: string): string | undefined {
  const stat = statOf(path)
  return stat && `${stat.dev}:${stat.ino}`
}

/**
 * Looks without opening anything: to close any descriptor of a database drops the locks that SQLite has on it.
 *
 * @param base where the log is: beside the file that the path led to when it was opened
 */
export function idsAt(path: string, base: string): FileIds {
  const stat = statOf(path)
  return {
    main: stat && `${stat.dev}:${stat.ino}`,
    log: idOf(base + logSuffix),
    logIndex: idOf(base + logIndexSuffix),
    size: Number(stat?.size ?? 0n),
  }
}

/** The file that a path leads to, through links; the path itself where there is none. */
export function realPathOf(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}

/**
 * Inodes of which a process holds a lock: Linux lists them. A database in use has one on its file and one on the index of
 * its log. `undefined` where that is not known.
 */
export function lockedInodes(): ReadonlySet<string> | undefined {
  if (process.platform !== 'linux') return undefined
  try {
    const found = readFileSync('/proc/locks', 'latin1').matchAll(/:(\d+) \d+ \S+$/gm)
    return new Set(Array.from(found, ([, inode]) => inode ?? ''))
  } catch {
    return undefined
  }
}

export const inodeIn = (id: string): string => id.slice(id.indexOf(':') + 1)
