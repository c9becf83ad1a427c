import type { PastQuery } from '@runtape/core/store-helpers'
import type { Queries } from '../database/database.ts'
import type { Moment } from '../history/moment.ts'

/** @throws {RuntapeError} `period-pruned` if the answer for a past moment may lack removed runs */
export async function requireUnpruned(_queries: Queries, _moment: Moment, _query: PastQuery): Promise<void> {}
