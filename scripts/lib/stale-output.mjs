import { existsSync, readdirSync, readFileSync, rmdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'

const OUTPUT = /\.(?:d\.ts|js)(?:\.map)?$/
const SCRIPT = /\.js(?:\.map)?$/

/** The file in `dist` that lists what the bundler made, one path a line. Named so that packages do not ship it. */
export const bundleList = '.bundle.tsbuildinfo'

/**
 * Removes what a build left for sources that were moved or deleted since, and scripts that are no longer part of the bundle:
 * compilers never do, and packages would ship it.
 * Returns the removed files, relative to `dist`.
 */
export function removeStaleOutput(packageFolder) {
  const [dist, src] = [join(packageFolder, 'dist'), join(packageFolder, 'src')]
  if (!existsSync(dist) || !existsSync(src)) return []
  const bundled = listedIn(dist)
  return removeIn(dist, '', path => isStale(src, path, bundled))
}

function listedIn(dist) {
  const list = join(dist, bundleList)
  return existsSync(list) ? new Set(readFileSync(list, 'utf8').split('\n')) : undefined
}

function removeIn(dist, folder, isStaleFile) {
  const removed = []
  for (const entry of readdirSync(join(dist, folder), { withFileTypes: true })) {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`
    if (entry.isDirectory()) removed.push(...removeIn(dist, path, isStaleFile))
    else if (isStaleFile(path)) {
      rmSync(join(dist, path))
      removed.push(path)
    }
  }
  if (folder !== '' && readdirSync(join(dist, folder)).length === 0) rmdirSync(join(dist, folder))
  return removed
}

function isStale(src, path, bundled) {
  if (!OUTPUT.test(path) || bundled?.has(path)) return false
  const base = join(src, path.replace(OUTPUT, ''))
  if (bundled && SCRIPT.test(path)) return !existsSync(`${base}.d.ts`)
  return !existsSync(`${base}.ts`) && !existsSync(`${base}.d.ts`)
}
