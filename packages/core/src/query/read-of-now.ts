import { RuntapeError } from '../errors.ts'
import type { OfNow } from '../store/revision.ts'
import { requireKnown } from './require-known.ts'

/**
 * The options of a read that is always of now, as every store reads them.
 *
 * @throws {RuntapeError} `invalid-option` for `asOf`: ignored, it would return what is there now as what was there then
 */
export function requireNow(of: string, options: OfNow = {}): void {
  requireKnown(of, options, ['asOf'])
  if (options.asOf === undefined) return
  throw new RuntapeError(
    'invalid-option',
    `${of} is always of now: it has no history, so asOf cannot be used. Leave it out.`,
  )
}
