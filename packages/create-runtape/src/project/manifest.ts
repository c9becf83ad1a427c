import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { RuntapeError } from '@runtape/core'

/** What matters of a `package.json`. */
export interface Manifest {
  readonly type?: string
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
}

/** @throws {RuntapeError} `invalid-option` if the folder has no readable `package.json` */
export function readManifest(folder: string): Manifest {
  const path = join(folder, 'package.json')
  try {
    // Some editors write a byte order mark.
    const manifest: unknown = JSON.parse(readFileSync(path, 'utf8').replace(/^\uFEFF/, ''))
    if (typeof manifest === 'object' && manifest !== null && !Array.isArray(manifest)) return manifest
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT')
      throw refused(
        `There is no package.json in "${folder}". Run this in the application's folder, or npm create runtape for a new one.`,
      )
  }
  throw refused(`"${path}" is not a JSON object. Mend it, then run this again.`)
}

const refused = (message: string): RuntapeError => new RuntapeError('invalid-option', message)
