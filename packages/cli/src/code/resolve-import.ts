import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, isAbsolute, join, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

/** What an import leads to: a file of the project, or a package with its version. */
export type Imported =
  | { readonly file: string }
  | { readonly package: string }
  /** A module of Node, or a name that only a loader can resolve. */
  | { readonly name: string }

/** Resolves an import as Node does, and relative ones also as TypeScript loaders do. */
export function resolveImport(name: string, from: string): Imported {
  if (name.startsWith('file:')) return fileAt(fileURLToPath(name), name)
  if (/^\.{1,2}(\/|$)/.test(name) || isAbsolute(name)) return fileAt(resolve(dirname(from), name), name)
  if (name.startsWith('node:')) return { name }
  return packageOf(name, from) ?? resolvedByNode(name, from)
}

const extensions = ['.ts', '.tsx', '.mts', '.cts', '.js', '.mjs', '.cjs', '.jsx', '.json']

function fileAt(path: string, name: string): Imported {
  const stem = path.replace(/\.[cm]?jsx?$/, '')
  const found = [path, ...extensions.flatMap(end => [path + end, stem + end, join(path, `index${end}`)])]
  const file = found.find(isFile)
  return file === undefined ? { name } : { file: realpathSync(file) }
}

const isFile = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() === true

/** An installed package with its version; the file that is imported, if the package is a part of the same workspace. */
function packageOf(name: string, from: string): Imported | undefined {
  const id = /^(@[^/]+\/)?[^/]+/.exec(name)?.[0] ?? name
  for (let folder = dirname(from); ; folder = dirname(folder)) {
    const place = join(folder, 'node_modules', id)
    if (existsSync(place)) {
      const real = realpathSync(place)
      if (!isInstalled(real)) return resolvedByNode(name, from)
      return { package: `${id}@${versionIn(real)}` }
    }
    if (folder === dirname(folder)) return undefined
  }
}

const isInstalled = (path: string): boolean => path.split(sep).includes('node_modules')

function versionIn(folder: string): string {
  try {
    const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
      version?: unknown
    }
    return String(version)
  } catch {
    return 'unknown'
  }
}

// Also names of the package itself, and those of `imports` in package.json.
function resolvedByNode(name: string, from: string): Imported {
  try {
    const file = createRequire(from).resolve(name)
    return isAbsolute(file) && !isInstalled(file) ? { file: realpathSync(file) } : { name }
  } catch {
    return { name }
  }
}
