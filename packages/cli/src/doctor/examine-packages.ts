import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { type Finding, fine, note, problem } from './finding.ts'

interface Installed {
  readonly name: string
  readonly version: string
  /** With symbolic links resolved. */
  readonly folder: string
}

/** Findings about the packages that code in `folder` loads. */
export function examinePackages(folder: string): Finding[] {
  const installed = installedFrom(resolve(folder))
  if (installed.length === 0) {
    return [
      note(
        'No Runtape package is installed here.',
        "Run this in the application's folder, or install a package: npm install @runtape/trace.",
      ),
    ]
  }
  const byName = groupedByName(installed)
  const names = [...byName].map(([name, [first]]) => `${name} ${first?.version}`).sort()
  const several = [...byName].filter(([, copies]) => new Set(copies.map(({ version }) => version)).size > 1)
  return several.length > 0
    ? several.map(([name, copies]) => mixed(name, copies))
    : [fine(`Installed: ${names.join(', ')}.`)]
}

/** Not by `Map.groupBy`, which Node 20 does not have. */
function groupedByName(installed: readonly Installed[]): Map<string, Installed[]> {
  const byName = new Map<string, Installed[]>()
  for (const copy of installed) byName.set(copy.name, [...(byName.get(copy.name) ?? []), copy])
  return byName
}

function mixed(name: string, copies: readonly Installed[]): Finding {
  const places = copies.map(({ version, folder }) => `${version} in ${relative('', folder)}`).sort()
  const next = `Update the Runtape packages together, so that they share one ${name}: npm update, then npm dedupe.`
  return new Set(copies.map(({ version }) => lineOf(version))).size > 1
    ? problem(`${name} is installed in incompatible versions: ${places.join(', ')}.`, next)
    : note(`${name} is installed more than once, in versions that work together: ${places.join(', ')}.`, next)
}

/** Versions of one line are compatible: `0.3` of 0.3.7, `1` of 1.4.0. A pre-release is compatible with itself alone. */
function lineOf(version: string): string {
  if (version.includes('-')) return version
  const [major, minor] = version.split('.')
  return major === '0' ? `${major}.${minor}` : `${major}`
}

/** Each copy of a package that is reachable from here, through any package that requires it. */
function installedFrom(folder: string): Installed[] {
  const found = new Map<string, Installed>()
  const waiting = directNames(folder).map(name => [name, folder] as const)
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const path = locate(...next)
    if (path === undefined || found.has(path)) continue
    const manifest = readManifest(path)
    found.set(path, { name: next[0], version: manifest.version ?? '?', folder: path })
    const needed = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies }).filter(isOurs)
    waiting.push(...needed.map(name => [name, path] as const))
  }
  return [...found.values()]
}

const isOurs = (name: string): boolean => name === 'runtape' || name.startsWith('@runtape/')

/** Packages in a `node_modules` at or above the folder. */
function directNames(folder: string): string[] {
  const names = foldersUp(folder).flatMap(each => {
    const scope = join(each, 'node_modules', '@runtape')
    return existsSync(scope) ? readdirSync(scope).map(name => `@runtape/${name}`) : []
  })
  return [...new Set(names)]
}

/** Where Node resolves a package, starting at a folder. */
function locate(name: string, from: string): string | undefined {
  const found = foldersUp(from)
    .map(each => join(each, 'node_modules', name))
    .find(each => existsSync(join(each, 'package.json')))
  return found && realpathSync(found)
}

function foldersUp(folder: string): string[] {
  const up = dirname(folder)
  return up === folder ? [folder] : [folder, ...foldersUp(up)]
}

interface Manifest {
  readonly version?: string
  readonly dependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
}

const readManifest = (folder: string): Manifest =>
  JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest
