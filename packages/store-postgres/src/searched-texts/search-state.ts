import type { Queries } from '../database/database.ts'
import { sql } from '../database/sql.ts'
import { below, parseSnapshot, type Snapshot, snapshotText, union } from '../history/snapshot.ts'

/** How far the texts are complete. */
export interface SearchState {
  /** Whether a store was ever opened with `search: true`. */
  readonly isUsed: boolean
  /** The transactions whose texts are all there. */
  readonly covered: Snapshot
  /** What is being added. */
  readonly pass: Pass | undefined
}

export interface Pass {
  readonly target: Snapshot
  /** The last row whose texts were added. */
  readonly after: Place
}

/** Rows are taken in this order. */
export interface Place {
  readonly xid: string
  readonly id: number
}

/** Before all rows. */
export const start: Place = { xid: '0', id: 0 }

interface StateRow {
  readonly is_used: boolean
  readonly filled: string
  readonly target: string | null
  readonly at_xid: string | null
  readonly at_id: number | null
}

export async function readState(queries: Queries): Promise<SearchState> {
  const [row] = await queries.rows<StateRow>(
    sql`SELECT is_used, filled, target, at_xid::text AS at_xid, at_id FROM @search_state`,
  )
  const [isUsed, filled] = [row?.is_used === true, parseSnapshot(row?.filled ?? '')]
  if (!row?.target) return { isUsed, covered: filled, pass: undefined }
  const [target, after] = [parseSnapshot(row.target), { xid: row.at_xid ?? '0', id: row.at_id ?? 0 }]
  // The last transaction may have more rows.
  return { isUsed, covered: union(filled, below(target, BigInt(after.xid))), pass: { target, after } }
}

export const putPass = (queries: Queries, { target, after: { xid, id } }: Pass): Promise<number> =>
  queries.run(
    sql`UPDATE @search_state SET target = ${snapshotText(target)}, at_xid = ${xid}::text::xid8, at_id = ${id}`,
  )

export const endPass = (queries: Queries, { target }: Pass): Promise<number> =>
  queries.run(
    sql`UPDATE @search_state SET filled = ${snapshotText(target)}, target = NULL, at_xid = NULL, at_id = NULL`,
  )

export const markUsed = (queries: Queries): Promise<number> =>
  queries.run(sql`UPDATE @search_state SET is_used = true WHERE NOT is_used`)
