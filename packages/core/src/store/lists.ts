import type { PointInTime } from './point-in-time.ts'
import type { AsOf } from './revision.ts'

/**
 * A page of a list. Pass a cursor to get the next or previous page: with the same `limit`, going forward and back returns
 * the same pages. All pages show the revision of the first page (its `asOf`), without what was removed since.
 */
export interface Page<T> {
  readonly items: readonly T[]
  /** Absent on the last page. */
  readonly nextCursor?: string
  /** Absent on the first page. */
  readonly previousCursor?: string
}

/**
 * Part of every list query. A store refuses unknown and invalid arguments (`invalid-option`). A list as of an earlier
 * revision lacks what was pruned or erased since. A bill (`usage`) is then refused, because its sums would be wrong.
 */
export interface ListQuery extends AsOf {
  /** Start of the period, inclusive. */
  readonly since?: PointInTime
  /** End of the period, exclusive. */
  readonly until?: PointInTime
  /** At most this many. Default: 50. */
  readonly limit?: number
  /** The `nextCursor` or `previousCursor` of a page. It keeps the revision of the first page, whatever `asOf` is. */
  readonly cursor?: string
}
