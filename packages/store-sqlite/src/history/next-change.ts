import { realNow } from '@runtape/core/internal'
import type { ChangedRecord } from '@runtape/core/store'
import type { Database } from '../database/database.ts'
import { lastReceivedSql } from './received.ts'

const insertSql = `INSERT INTO changes (received_at, kind, about)
  VALUES (max(?, ${lastReceivedSql}), ?, ?) RETURNING id`

/**
 * Numbers a change of something that is neither a run event, a price nor a span. Call it in the transaction that
 * writes the change, and store the number with the row: the row belongs to a revision if its number is at most the
 * revision's `changeId`.
 *
 * @param changed what `changes` reports. Its id is kept forever, so it must name no run, trace or person
 */
export function nextChange(database: Database, changed?: ChangedRecord): number {
  return insertChange(database, realNow(), changed)
}

/** As `nextChange`, for what was received at a time; at the time of the last change if that is later. */
export function insertChange(database: Database, at: number, changed?: ChangedRecord): number {
  const row = database.get<{ id: number }>(insertSql, at, changed?.kind ?? null, changed?.id ?? null)
  return row?.id ?? 0
}
