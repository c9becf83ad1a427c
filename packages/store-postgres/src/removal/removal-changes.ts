import { type Change, removalMark } from '@runtape/core/store'
import { forgetNames } from '../changes/note-change.ts'
import type { Database, Queries } from '../database/database.ts'
import { sql } from '../database/sql.ts'
import { keyText } from '../database/values.ts'
import { receivedNow } from '../history/received-now.ts'

/** Notes, for `store.changes`, that records were removed. Call it in the transaction that removes them. */
export async function noteRemoved(
  queries: Queries,
  kind: Change['kind'],
  ids: readonly string[],
): Promise<void> {
  if (ids.length === 0) return
  if (['cohort', 'view', 'budget'].includes(kind)) await forgetNames(queries, kind, ids)
  if (kind === 'run')
    await queries.run(
      sql`DELETE FROM @removal_changes WHERE about = ANY(${ids.map(keyText)}::text[]) AND NOT is_removed`,
    )
  await insert(
    queries,
    kind,
    ids.map(id => removalMark(kind, id)),
    true,
  )
}

/**
 * Notes that a removal changed runs that stay.
 *
 * @param keys values of `run_id`
 */
export async function noteChangedRuns(queries: Queries, keys: readonly string[]): Promise<void> {
  if (keys.length > 0) await insert(queries, 'run', keys, false)
}

const insert = (
  queries: Queries,
  kind: Change['kind'],
  about: readonly string[],
  isRemoved: boolean,
): Promise<number> =>
  queries.run(
    sql`INSERT INTO @removal_changes (id, received_at, kind, about, is_removed)
      SELECT nextval('@ids'), ${receivedNow}, ${kind}::text, about, ${isRemoved}::boolean
      FROM unnest(${about}::text[]) AS given(about)`,
  )

/** How many rows are kept. About 150 bytes each. */
const mostChanges = 100_000

const atOnce = 5000

/** Forgets the oldest rows, so that they do not pile up. Who follows the changes has long seen them. */
export async function forgetOldChanges(database: Database, most = mostChanges): Promise<void> {
  const [last] = await database.rows<{ id: number }>(
    sql`SELECT id FROM @removal_changes ORDER BY id DESC OFFSET ${most}::int LIMIT 1`,
  )
  if (last === undefined) return
  for (let forgotten = atOnce; forgotten === atOnce; )
    forgotten = await database.write(queries => forgetSome(queries, last.id))
}

/** In one transaction, so that nobody reads changes that lack a forgotten one below the floor. */
async function forgetSome(queries: Queries, last: number): Promise<number> {
  const [row] = await queries.rows<{ n: number; xid: string | null; received_at: number | null }>(
    sql`WITH old AS (
        DELETE FROM @removal_changes WHERE id IN (
          SELECT id FROM @removal_changes WHERE id <= ${last} ORDER BY id LIMIT ${atOnce}::bigint
        ) RETURNING xid, received_at
      ), floor AS (DELETE FROM @removal_changes_floor RETURNING xid, received_at)
      SELECT (SELECT count(*) FROM old) AS n, max(xid::text::numeric)::text AS xid, max(received_at) AS received_at
      FROM (SELECT * FROM old UNION ALL SELECT * FROM floor) AS forgotten`,
  )
  if (row?.xid)
    await queries.run(
      sql`INSERT INTO @removal_changes_floor (xid, received_at) VALUES (${row.xid}::text::xid8, ${row.received_at})`,
    )
  return row?.n ?? 0
}
