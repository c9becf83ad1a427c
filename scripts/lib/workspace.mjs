import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runQuietly } from './process.mjs'
import { removeStaleOutput } from './stale-output.mjs'

const PARENTS = ['packages', 'examples']
const SINGLES = ['bench', 'soak', 'tests/applications', 'tests/clients', 'tests/release', 'tests/runtimes']

/** The folders of the workspace's members, relative to the root, in a stable order. */
export function memberFolders(root) {
  const nested = PARENTS.flatMap(parent => subfolders(join(root, parent)).map(name => `${parent}/${name}`))
  return [...nested, ...SINGLES].filter(folder => existsSync(join(root, folder, 'package.json'))).sort()
}

/** Every published package: its folder, its name and its package.json. */
export function publishedPackages(root) {
  return memberFolders(root)
    .map(folder => ({
      folder,
      manifest: JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')),
    }))
    .filter(({ manifest }) => !manifest.private)
    .map(({ folder, manifest }) => ({ folder, name: manifest.name, manifest }))
}

/** The packages in an order in which each comes after those that it needs. */
export function neededFirst(packages) {
  const byName = new Map(packages.map(entry => [entry.name, entry]))
  const ordered = new Set()
  const add = entry => {
    if (ordered.has(entry)) return
    const { dependencies, peerDependencies } = entry.manifest
    for (const name of Object.keys({ ...dependencies, ...peerDependencies }))
      if (byName.has(name)) add(byName.get(name))
    ordered.add(entry)
  }
  for (const entry of packages) add(entry)
  return [...ordered]
}

/** One hash over the names and the contents of `files`; a file that is missing counts as missing. */
export function hashFiles(root, files) {
  const hash = createHash('sha256')
  for (const file of files) {
    const path = join(root, file)
    hash.update(`\0${file}\0`).update(existsSync(path) ? readFileSync(path) : 'missing')
  }
  return hash.digest('hex')
}

/** Changes whenever `pnpm install` may be needed. */
export function installStamp(root) {
  const manifests = memberFolders(root).map(folder => `${folder}/package.json`)
  const files = ['package.json', 'pnpm-lock.yaml', 'pnpm-workspace.yaml', ...manifests]
  return hashFiles(root, files)
}

const stampPath = root => join(root, 'node_modules', '.runtape', 'installed')

/** True when the last install ended well and nothing that it depends on has changed since. */
export function installReady(root, stamp) {
  const present = memberFolders(root).every(folder => hasModules(root, folder))
  return present && existsSync(stampPath(root)) && readFileSync(stampPath(root), 'utf8') === stamp
}

function hasModules(root, folder) {
  const { dependencies, devDependencies } = JSON.parse(
    readFileSync(join(root, folder, 'package.json'), 'utf8'),
  )
  return (!dependencies && !devDependencies) || existsSync(join(root, folder, 'node_modules'))
}

/**
 * Installs exactly the lockfile, for the Node that will run it, whichever Node runs the install. Call it
 * under the lock.
 */
export async function installWorkspace(root, { node, targetVersion, pnpm, env, stamp }) {
  await runQuietly(node, [pnpm, 'install'], {
    args: [
      '--frozen-lockfile',
      `--config.nodeVersion=${targetVersion}`,
      // The modules folder may come from another pnpm, and no one can answer its prompt.
      '--config.confirmModulesPurge=false',
    ],
    cwd: root,
    env,
    failure:
      'pnpm could not install the workspace. Offline: connect and run the same command again. ' +
      'Dependencies changed: see CONTRIBUTING.md on how to renew pnpm-lock.yaml.',
  })
  mkdirSync(join(stampPath(root), '..'), { recursive: true })
  writeFileSync(stampPath(root), stamp)
}

/** Builds what changed; turbo's cache serves the rest in well under a tenth of a second. */
export async function buildWorkspace(root, paths, env) {
  await runQuietly(paths.node, [join(root, 'node_modules', 'turbo', 'bin', 'turbo')], {
    args: [
      'run',
      'build',
      '--output-logs=errors-only',
      '--log-prefix=none',
      '--ui=stream',
      '--no-update-notifier',
      '--continue=dependencies-successful',
    ],
    cwd: root,
    env,
    failure: 'The build failed. Mend the errors above, then run the same command again.',
  })
  removeAllStaleOutput(root)
}

/** The cache may restore files of sources that are gone, so this runs after each build. */
export function removeAllStaleOutput(root) {
  for (const folder of memberFolders(root)) removeStaleOutput(join(root, folder))
}

function subfolders(path) {
  if (!existsSync(path)) return []
  return readdirSync(path, { withFileTypes: true })
    .filter(entry => entry.isDirectory())
    .map(entry => entry.name)
}
