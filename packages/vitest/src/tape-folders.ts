import { closeSync, openSync, readdirSync, readSync, realpathSync, statSync } from 'node:fs'
import { join } from 'node:path'

// A name that tests and the plugin have in common across the copies of this package that a project may have.
const coveredFolders = Symbol.for('runtape.vitest.covered-folders')

type WithCovered = { [coveredFolders]?: Set<string> }

/** Code that notes the folders as covered, for `isCovered` in the process of the tests. */
export const codeThatCovers = (folders: readonly string[]): string =>
  `;for (const folder of ${JSON.stringify(folders)}) (globalThis[Symbol.for(${JSON.stringify(coveredFolders.description)})] ??= new Set()).add(folder);`

/** Whether the plugin made the tapes of this folder imports of the module that replays them. */
export const isCovered = (folder: string): boolean =>
  (globalThis as WithCovered)[coveredFolders]?.has(realPathOf(folder)) === true

/** The path without links, or as it is where there is nothing. */
export function realPathOf(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}

// As `exportTape` names and begins them.
const tapeName = /-[0-9a-f]{32}\.json$/i
const tapeBeginning = /^\uFEFF?\s*\{\s*"tape"\s*:/

/** The files that may be tapes, in a folder that holds at least one; empty for any other path. */
export function tapesIn(folder: string): string[] {
  try {
    if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return []
    const paths = readdirSync(folder)
      .filter(name => name.endsWith('.json') && !name.startsWith('.'))
      .map(name => join(folder, name))
    return paths.some(path => tapeName.test(path) || tapeBeginning.test(beginningOf(path))) ? paths : []
  } catch {
    // It cannot be read, which the tests themselves will say of it.
    return []
  }
}

function beginningOf(path: string): string {
  const file = openSync(path, 'r')
  try {
    const bytes = Buffer.alloc(64)
    return bytes.toString('utf8', 0, readSync(file, bytes))
  } finally {
    closeSync(file)
  }
}
