import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The path of a program in this folder, built or as source, like this file. */
export const programOf = (name: string): string =>
  fileURLToPath(new URL(`${name}${extname(import.meta.url)}`, import.meta.url))
