import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The files of a directory that contain the text. */
export const filesWith = (directory: string, text: string): string[] =>
  readdirSync(directory).filter(file => bytesOf(join(directory, file)).includes(text))

/** A rollback journal exists only during a transaction. */
function bytesOf(path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return Buffer.alloc(0)
    throw error
  }
}
