import type { Revision } from '@runtape/core/store'
import { pointInTime } from '@runtape/core/store-helpers'
import type { Args } from './args.ts'
import type { Flag } from './command.ts'

export const asOfFlag: Flag = {
  value: 'time',
  about: 'as known at this time or revision: 2026-02-01, 7d (seven days ago), or the revision in --json',
}

/** A time or a revision, as the value of a flag. */
export const momentOf = (flag: string, text: string): Revision | number =>
  /^r\d/.test(text) ? text : pointInTime(flag, text)

/** What `--as-of` says. */
export function asOfOf(args: Args): { readonly asOf?: Revision | number } {
  const text = args.text('as-of')
  return text === undefined ? {} : { asOf: momentOf('--as-of', text) }
}
