import type { Queries } from '../../database/database.ts'

/** What a write needs besides its queries. */
export interface WriteContext {
  readonly queries: Queries
  /** The store that is copied. */
  readonly source: string
  /** `removalMark`s of what the source no longer has. */
  readonly gone: readonly string[]
}
