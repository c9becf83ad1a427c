import { pointInTime } from '../store/point-in-time.ts'
import type { AsOf, Revision } from '../store/revision.ts'
import { requireKnown } from './require-known.ts'

/**
 * The options of a read that takes only `asOf`, as every store reads them.
 *
 * @param of the member, such as `testRuns.get`
 */
export function readAsOf(
  of: string,
  options: { readonly asOf?: AsOf['asOf'] | undefined } = {},
): { readonly asOf?: Revision | number } {
  requireKnown(of, options, ['asOf'])
  const { asOf } = options
  if (asOf === undefined) return {}
  return { asOf: typeof asOf === 'string' && /^r\d/.test(asOf) ? asOf : pointInTime('asOf', asOf) }
}
