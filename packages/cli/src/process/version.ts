import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ownFolder } from './own-folder.ts'

/** The version of the command. */
export function version(): string {
  const manifest = readFileSync(join(ownFolder, 'package.json'), 'utf8')
  return (JSON.parse(manifest) as { version: string }).version
}
