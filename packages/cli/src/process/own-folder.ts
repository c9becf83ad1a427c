import { existsSync } from 'node:fs'
import { dirname, extname, join } from 'node:path'

/** The folder of this package. Its build and its source have files at different depths. */
export const ownFolder: string = folderAbove(import.meta.dirname)

/** The extension of this package's code as it runs: built or as source. */
export const ownExtension: string = extname(import.meta.url)

/** The folder of this package's code as it runs. */
export const ownCode: string = join(ownFolder, ownExtension === '.ts' ? 'src' : 'dist')

function folderAbove(folder: string): string {
  return existsSync(join(folder, 'package.json')) ? folder : folderAbove(dirname(folder))
}
