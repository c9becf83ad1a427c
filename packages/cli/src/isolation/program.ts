import { join } from 'node:path'
import { ownCode, ownExtension } from '../process/own-folder.ts'

/** The path of a program of this package, like `isolation/reap`. */
export const programOf = (name: string): string => join(ownCode, `${name}${ownExtension}`)
