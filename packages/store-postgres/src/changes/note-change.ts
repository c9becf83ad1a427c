import type { ChangedRecord } from '@runtape/core/store'
import type { Queries } from '../database/database.ts'
import { sql } from '../database/sql.ts'
import { receivedNow } from '../history/received-now.ts'

/**
 * Notes a change for `store.changes`. Call it in the transaction that makes the change: revisions count on it.
 *
 * @param id what `store.changes` reports. It is kept for ever, unless it names a cohort, view or budget, so it must name no
 *   trace or person
 */
export async function noteChange(queries: Queries, kind: ChangedRecord['kind'], id: string): Promise<void> {
  await queries.run(
    sql`INSERT INTO @changes (id, received_at, kind, about) VALUES (nextval('@ids'), ${receivedNow}, ${kind}, ${id})`,
  )
}

/** As `noteChange`, for several records of a kind. */
export async function noteChanges(
  queries: Queries,
  kind: ChangedRecord['kind'],
  ids: readonly string[],
): Promise<void> {
  if (ids.length === 0) return
  await queries.run(
    sql`INSERT INTO @changes (id, received_at, kind, about)
      SELECT nextval('@ids'), ${receivedNow}, ${kind}::text, about FROM unnest(${[...new Set(ids)]}::text[]) AS given(about)`,
  )
}

/** As `noteChange`, for what only grows a count: older notes of it go. */
export async function noteCounted(queries: Queries, kind: ChangedRecord['kind']): Promise<void> {
  await noteChange(queries, kind, '')
  // Who has not seen them sees the new one. Others may be forgetting them at the same time.
  await queries.run(
    sql`DELETE FROM @changes WHERE id IN (SELECT id FROM @changes
      WHERE kind = ${kind} AND kind IN ('cohort', 'view', 'budget', 'health') AND about = '' AND xid < @current_xid()
      LIMIT 100 FOR UPDATE SKIP LOCKED)`,
  )
}

/**
 * Waits for others that make or remove a record of this name. Call it before anything is written: changes are read by
 * transaction id, and a record that is made again must have a greater one than its removal.
 */
export const lockName = (queries: Queries, kind: ChangedRecord['kind'], name: string): Promise<unknown> =>
  queries.rows(sql`SELECT pg_advisory_xact_lock(hashtextextended(${`${kind} ${name}`}, 1381253489))`)

/** Forgets the names of records that are removed. */
export async function forgetNames(queries: Queries, kind: string, names: readonly string[]): Promise<void> {
  await queries.run(
    sql`DELETE FROM @changes WHERE kind = ${kind} AND kind IN ('cohort', 'view', 'budget', 'health')
      AND about = ANY(${names}::text[])`,
  )
}
