import { existsSync, readdirSync, rmdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'

const OUTPUT = /\.(?:d\.ts|js)(?:\.map)?$/

/**
 * Removes what a build left for sources that were moved or deleted since: `tsc` never does, and packages would ship it.
 * Returns the removed files, relative to `dist`.
 */
export function removeStaleOutput(packageFolder) {
  const [dist, src] = [join(packageFolder, 'dist'), join(packageFolder, 'src')]
  return existsSync(dist) && existsSync(src) ? removeIn(dist, src, '') : []
}

function removeIn(dist, src, folder) {
  const removed = []
  for (const entry of readdirSync(join(dist, folder), { withFileTypes: true })) {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`
    if (entry.isDirectory()) removed.push(...removeIn(dist, src, path))
    else if (isStale(src, path)) {
      rmSync(join(dist, path))
      removed.push(path)
    }
  }
  if (folder !== '' && readdirSync(join(dist, folder)).length === 0) rmdirSync(join(dist, folder))
  return removed
}

function isStale(src, path) {
  if (!OUTPUT.test(path)) return false
  const base = join(src, path.replace(OUTPUT, ''))
  return !existsSync(`${base}.ts`) && !existsSync(`${base}.d.ts`)
}
