import { realNow } from '@runtape/core/internal'
import type { Database } from '../database/database.ts'

const last = (table: string): string =>
  `coalesce((SELECT received_at FROM ${table} ORDER BY id DESC LIMIT 1), 0)`

/** SQL: time of receipt of the last span or other change. The next one is not earlier, even if the clock is set back. */
export const lastReceivedSql = `max(${last('span_rows')}, ${last('changes')})`

const selectLastSql = `SELECT ${lastReceivedSql} AS at`

export const lastReceivedAt = (database: Database): number =>
  database.get<{ at: number }>(selectLastSql)?.at ?? 0

/** Time of receipt for a span that is written now. Call inside the transaction that writes it. */
export const receivedNow = (database: Database): number => Math.max(realNow(), lastReceivedAt(database))
