import type { Database } from '../database/database.ts'
import type { RunRows } from '../rows/run-rows.ts'
import type { SliceSize } from './in-slices.ts'

/** Where and how runs are read. */
export interface Reading {
  readonly database: Database
  readonly rows: RunRows
  readonly slice: SliceSize
  /** Whether searches take in new texts. */
  readonly fillsSearch: boolean
}
