import type { Database } from '../database/database.ts'
import type { Row } from './old-file.ts'

/** What is copied besides records, as people call it. */
export type CarriedKind =
  | 'test runs'
  | 'items'
  | 'verdicts'
  | 'reviews'
  | 'cohorts'
  | 'views'
  | 'budgets'
  | 'crossings'
  | 'counts'

/** `known`: the next file already has it, or something newer. `lost`: the next file has something else in its place. */
export type Fate = 'copied' | 'known' | 'lost'

/** A row to copy. Copying it twice changes nothing. */
export interface CarriedRow {
  /** Absent if it is not worth mentioning. */
  readonly kind?: CarriedKind
  /** Its name, if it can be lost. */
  readonly name?: string
  /** Call inside a transaction of the next file. */
  write(next: Database): Fate
}

export function insertRow(next: Database, table: string, row: Row, how = 'INSERT'): void {
  const columns = Object.keys(row)
  const places = columns.map(() => '?').join(', ')
  next.run(`${how} INTO ${table} (${columns.join(', ')}) VALUES (${places})`, ...Object.values(row))
}
