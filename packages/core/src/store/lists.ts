import type { PointInTime } from './point-in-time.ts'

/** A page of a list; pass `nextCursor` to get the next page. The last page has none. */
export interface Page<T> {
  readonly items: readonly T[]
  readonly nextCursor?: string
}

/** Part of every list query. A store refuses unknown and invalid arguments (`invalid-option`). */
export interface ListQuery {
  /** Start of the period, inclusive. */
  readonly since?: PointInTime
  /** End of the period, exclusive. */
  readonly until?: PointInTime
  /** At most this many. Default: 50. */
  readonly limit?: number
  readonly cursor?: string
}
