import { type BigIntStats, readFileSync, realpathSync, statSync } from 'node:fs'

/** Identities (device and inode) of the files of an open database. Names can later refer to other files. */
export interface FileIds {
  /** The file at the path that was passed. */
  readonly main: string | undefined
  readonly log: string | undefined
  readonly logIndex: string | undefined
  /** Size of the main file in bytes. */
  readonly size: number
}

/** The suffix that SQLite adds for the log. */
export const logSuffix = '-wal'
export const logIndexSuffix = '-shm'

/** `undefined` if the file does not exist or cannot be reached. Node 22 throws for a path below a file. */
function statOf(path: string): BigIntStats | undefined {
  try {
    return statSync(path, { bigint: true, throwIfNoEntry: false })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOTDIR') return undefined
    throw error
  }
}

/** Device and inode. While a file is open, no other file has the same ones. */
export function idOf(path: string): string | undefined {
  const stat = statOf(path)
  return stat && `${stat.dev}:${stat.ino}`
}

/**
 * Does not open anything: closing any descriptor of a database releases SQLite's locks on it.
 *
 * @param base the path of the database with links resolved, from when it was opened: the log is next to it
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

/** The file that a path leads to through links; the path itself if there is no file. */
export function realPathOf(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}

/**
 * Inodes on which a process holds a lock, as listed by Linux. A database in use has a lock on its file and one on the
 * index of its log. `undefined` on other systems.
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
