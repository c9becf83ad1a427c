import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The path of a program of this folder, built or not as this one is. */
export const programOf = (name: string): string =>
  fileURLToPath(new URL(`${name}${extname(import.meta.url)}`, import.meta.url))
