import type { Database } from '../../database/database.ts'

/** What a write needs besides the entries. */
export interface WriteContext {
  readonly database: Database
  /** The store that is copied. */
  readonly source: string
  /** `removalMark`s of what the source no longer has. */
  readonly gone: readonly string[]
}
