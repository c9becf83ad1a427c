import { closeSync, openSync, readdirSync, readSync } from 'node:fs'
import { join, relative } from 'node:path'

const skipped = new Set(['node_modules', '.git', 'dist'])
const depth = 3
const header = 72
// It is only a hint, so the search is limited.
const maxFolders = 500
const maxFound = 5

/** Some Runtape databases in a folder and a few levels below it. */
export function findDatabases(folder: string): string[] {
  const found: string[] = []
  const waiting = [{ path: folder, level: 0 }]
  let looked = 0
  for (let next = waiting.shift(); next && looked < maxFolders; next = waiting.shift()) {
    looked++
    for (const entry of entriesOf(next.path)) {
      const path = join(next.path, entry.name)
      if (entry.isDirectory() && next.level < depth && !skipped.has(entry.name))
        waiting.push({ path, level: next.level + 1 })
      else if (entry.isFile() && /\.(db|sqlite3?)$/.test(entry.name) && isOurs(path))
        found.push(relative('.', path))
    }
  }
  return found.slice(0, maxFound)
}

function entriesOf(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true })
  } catch {
    return []
  }
}

/** By the file header: SQLite's magic string, and Runtape's application id at byte 68. */
function isOurs(path: string): boolean {
  const bytes = Buffer.alloc(header)
  try {
    const file = openSync(path, 'r')
    try {
      readSync(file, bytes, 0, header, 0)
    } finally {
      closeSync(file)
    }
  } catch {
    return false
  }
  return bytes.toString('latin1', 0, 15) === 'SQLite format 3' && bytes.toString('latin1', 68) === 'Rtap'
}
