import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** A disk that can be filled up. */
export interface SmallDisk {
  readonly path: string
  /** Leaves room for a few pages. Returns false if this user may not mount a disk. */
  fill(): boolean
  free(): void
  remove(): void
}

/** A disk in memory at this path, or an ordinary folder where this user may not mount one. */
export function smallDisk(path: string, megabytes: number): SmallDisk {
  mkdirSync(path)
  const ballast = join(path, 'ballast')
  const isMounted = succeeds('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', path])
  return {
    path,
    fill: () => {
      if (!isMounted) return false
      const { bavail, bsize } = statfsSync(path)
      try {
        writeFileSync(ballast, Buffer.alloc(Math.max(0, bavail * bsize - 40_000)))
      } catch {
        // Other processes write too, and have already filled it.
      }
      return true
    },
    free: () => rmSync(ballast, { force: true }),
    remove: () => void (isMounted && succeeds('umount', ['--lazy', path])),
  }
}

function succeeds(command: string, args: readonly string[]): boolean {
  try {
    execFileSync(command, args, { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
