import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The path of a program beside the module `url`, built or as source, like that module. */
export const programOf = (name: string, url: string = import.meta.url): string =>
  fileURLToPath(new URL(`${name}${extname(url)}`, url))
