import { closeSync, openSync, readdirSync, readSync, realpathSync, statSync } from 'node:fs'
import { join } from 'node:path'

// A global name shared by tests and the plugin, across all copies of this package in a project.
const coveredFolders = Symbol.for('runtape.vitest.covered-folders')

type WithCovered = { [coveredFolders]?: Set<string> }

/** Code that marks the folders as covered, for `isCovered` in the test process. */
export const codeThatCovers = (folders: readonly string[]): string =>
  `;for (const folder of ${JSON.stringify(folders)}) (globalThis[Symbol.for(${JSON.stringify(coveredFolders.description)})] ??= new Set()).add(folder);`

/** Whether the plugin made the tapes of this folder imports of the module that replays them. */
export const isCovered = (folder: string): boolean =>
  (globalThis as WithCovered)[coveredFolders]?.has(realPathOf(folder)) === true

/** The path without links, or unchanged if it does not exist. */
export function realPathOf(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}

// File names and contents start as `exportTape` writes them.
const tapeName = /-[0-9a-f]{32}\.json$/i
const tapeBeginning = /^\uFEFF?\s*\{\s*"tape"\s*:/

/** The possible tapes in a folder that contains at least one tape; empty for any other path. */
export function tapesIn(folder: string): string[] {
  try {
    if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return []
    const paths = readdirSync(folder)
      .filter(name => name.endsWith('.json') && !name.startsWith('.'))
      .map(name => join(folder, name))
    return paths.some(path => tapeName.test(path) || tapeBeginning.test(beginningOf(path))) ? paths : []
  } catch {
    // Unreadable; the tests report this themselves.
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
