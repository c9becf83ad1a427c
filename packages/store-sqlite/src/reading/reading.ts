import type { Database } from '../database/database.ts'
import type { RunRows } from '../rows/run-rows.ts'
import type { TrigramFile } from '../trigrams/trigram-file.ts'
import type { SliceSize } from './in-slices.ts'

/** What reads of runs need. */
export interface Reading {
  readonly database: Database
  readonly rows: RunRows
  readonly slice: SliceSize
  /** Whether searches first add the texts of new records. */
  readonly fillsSearch: boolean
  readonly index: TrigramFile
}
