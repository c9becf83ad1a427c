import { dirname, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { RuntapeError } from '@runtape/core'
import { ownCode } from '../process/own-folder.ts'
import { start } from '../process/start.ts'

/**
 * Where the application threw the error of a failed item, or made the missed call: `TypeError at agent.ts:12:46`, relative to the
 * working directory. Empty if the stack does not show it.
 */
export function thrownAt(thrown: unknown): string[] {
  // For an error that would have ended the process, our error is created elsewhere.
  if (RuntapeError.isInstance(thrown) && thrown.cause instanceof Error) return thrownAt(thrown.cause)
  if (!(thrown instanceof Error)) return []
  try {
    const place = String(thrown.stack).split('\n').map(placeOf).find(Boolean)
    if (place === undefined) return []
    return [RuntapeError.isInstance(thrown) ? `at ${place}` : `${thrown.name} at ${place}`]
  } catch {
    // An error may have getters that throw.
    return []
  }
}

const frame = /^\s+at (?:.*\()?((?:file:|\/|[A-Za-z]:[\\/]).+?:\d+:\d+)\)?$/

function placeOf(line: string): string | undefined {
  const [, found] = frame.exec(line) ?? []
  if (found === undefined) return undefined
  const place = found.startsWith('file:') ? fileURLToPath(found) : found
  const isOurs = ownFolders.some(folder => place.startsWith(folder))
  return isOurs || place.includes(`${sep}node_modules${sep}`) ? undefined : relative(start.folder, place)
}

const folderOf = (url: string) => dirname(fileURLToPath(url)) + sep

const ownFolders = [
  ownCode + sep,
  ...['@runtape/core', '@runtape/trace', '@runtape/replay'].map(name => folderOf(import.meta.resolve(name))),
]
