import type { Args } from '../../arguments/args.ts'
import type { Flag } from '../../arguments/command.ts'
import { givenPath } from '../../process/start.ts'

const defaultKeys = 'runtape-keys.json'

export const keysFlag: Flag = {
  value: 'path',
  about: `file with the hashes of the keys. Default: ${defaultKeys}`,
}

export const keyFile = (args: Args): string => givenPath(args.text('keys') ?? defaultKeys)
