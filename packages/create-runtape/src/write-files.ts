import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { RuntapeError } from '@runtape/core'
import { messageOf } from '@runtape/core/internal'

/** A file to write. */
export interface NewFile {
  /** Relative to the project. */
  readonly path: string
  readonly text: string
}

export interface WrittenFiles {
  readonly written: readonly string[]
  /** Files that existed. They are as they were. */
  readonly kept: readonly string[]
  /** Those of them that have another text than the one to write. */
  readonly different: readonly string[]
}

/**
 * Writes files that do not exist yet, and never changes one that does.
 *
 * @param isDry reports only what it would write
 * @throws {RuntapeError} `invalid-option` if a file cannot be written
 */
export function writeFiles(folder: string, files: readonly NewFile[], isDry = false): WrittenFiles {
  const written: string[] = []
  const kept: string[] = []
  for (const { path, text } of files) {
    const isNew = isDry ? !existsSync(join(folder, path)) : writeNew(join(folder, path), text)
    ;(isNew ? written : kept).push(path)
  }
  const different = files.filter(
    ({ path, text }) => kept.includes(path) && textOf(join(folder, path)) !== text,
  )
  return { written, kept, different: different.map(({ path }) => path) }
}

/** `undefined` for a folder, or what may not be read. */
function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

function writeNew(path: string, text: string): boolean {
  if (existsSync(path)) return false
  try {
    mkdirSync(dirname(path), { recursive: true })
    // Fails for a file that somebody writes meanwhile.
    writeFileSync(path, text, { flag: 'wx' })
    return true
  } catch (cause) {
    throw new RuntapeError('invalid-option', `"${path}" cannot be written: ${messageOf(cause)}.`, { cause })
  }
}
