import { userInfo } from 'node:os'
import type { Args } from './args.ts'
import type { Flag } from './command.ts'
import { Misuse } from './usage-error.ts'

export const authorFlag: Flag = { value: 'name', about: 'author. Default: the name of the system user.' }

/** The name of `--by`, or of the system user. */
export function authorOf(args: Args): string {
  const name = args.text('by') ?? systemUser()
  if (name !== undefined && name !== '') return name
  throw new Misuse('The system user has no name here. Pass --by <name>.')
}

// Some containers run as a user without an entry in the user database.
function systemUser(): string | undefined {
  try {
    return userInfo().username
  } catch {
    return undefined
  }
}
