import { createHash } from 'node:crypto'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { resolveImport } from './resolve-import.ts'
import { specifiersIn } from './specifiers.ts'

/** The files that a module imports statically, and a hash of them. */
export interface ModuleGraph {
  /** Of the contents of all files, the versions of imported packages, and the lockfile. */
  readonly hash: string
  /** Absolute paths, with the lockfile. */
  readonly files: readonly string[]
}

const lockfiles = [
  'pnpm-lock.yaml',
  'package-lock.json',
  'npm-shrinkwrap.json',
  'yarn.lock',
  'bun.lock',
  'bun.lockb',
]

/**
 * Follows the imports of these modules through the files of the project. Equal code in another folder has an equal hash. Not
 * covered: modules whose names are computed, files that are read rather than imported, the contents of installed packages, and
 * names that only a loader can resolve.
 */
export function moduleGraph(entries: readonly string[]): ModuleGraph {
  const [entry = ''] = entries
  const lockfile = lockfileAround(dirname(entry))
  const top = lockfile === undefined ? dirname(entry) : dirname(lockfile)
  const nameOf = (file: string) => relative(top, file).split(sep).join('/')
  const facts = new Set<string>(entries.map(file => `entry ${nameOf(file)}`))
  const files = new Set(entries)
  // Files that are found on the way are visited, too.
  for (const file of files) {
    const source = readFileSync(file)
    facts.add(`file ${nameOf(file)} ${sha256(source)}`)
    if (file.endsWith('.json')) continue
    for (const name of specifiersIn(source.toString('utf8'))) {
      const imported = resolveImport(name, file)
      if ('file' in imported) files.add(imported.file)
      else facts.add('package' in imported ? `package ${imported.package}` : `name ${name}`)
    }
  }
  if (lockfile !== undefined) facts.add(`lockfile ${nameOf(lockfile)} ${sha256(readFileSync(lockfile))}`)
  const hash = sha256([...facts].sort().join('\n')).slice(0, 32)
  return { hash, files: [...files, ...(lockfile === undefined ? [] : [lockfile])] }
}

function lockfileAround(folder: string): string | undefined {
  const found = lockfiles.map(name => join(folder, name)).find(path => existsSync(path))
  if (found !== undefined || folder === dirname(folder)) return found
  return lockfileAround(dirname(folder))
}

/** Changes when one of the files was written. */
export const stampOf = ({ files }: ModuleGraph): string =>
  files
    .map(file => statSync(file, { throwIfNoEntry: false }))
    .map(found => `${found?.mtimeMs} ${found?.size} ${found?.ino}`)
    .join()

const sha256 = (content: string | Buffer): string => createHash('sha256').update(content).digest('hex')
