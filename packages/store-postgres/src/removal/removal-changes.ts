import { type Change, removalMark } from '@runtape/core/store'
import { forgetNames } from '../changes/note-change.ts'
import type { Queries } from '../database/database.ts'
import { sql } from '../database/sql.ts'
import { receivedNow } from '../history/received-now.ts'

/** Notes, for `store.changes`, that records were removed. Call it in the transaction that removes them. */
export async function noteRemoved(
  queries: Queries,
  kind: Change['kind'],
  ids: readonly string[],
): Promise<void> {
  if (ids.length === 0) return
  if (['cohort', 'view', 'budget'].includes(kind)) await forgetNames(queries, kind, ids)
  await insert(
    queries,
    kind,
    ids.map(id => removalMark(kind, id)),
    true,
  )
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
