import { type PointInTime, pointInTime } from '../store/point-in-time.ts'
import type { AsOf, Revision } from '../store/revision.ts'
import { isRevision } from './read-query.ts'
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
  return { asOf: readMoment('asOf', asOf) }
}

/** A revision, or a time in milliseconds since the Unix epoch. */
export const readMoment = (name: string, value: Revision | PointInTime): Revision | number =>
  isRevision(value) ? value : pointInTime(name, value)
