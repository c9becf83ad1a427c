import type { Change } from '@runtape/core/store'
import type { Queries } from '../database/database.ts'
import { allOf, joined, raw, type Sql, sql } from '../database/sql.ts'
import type { KnownRevision, Place } from '../history/revisions.ts'
import { covers, type Snapshot } from '../history/snapshot.ts'
import { streamTables } from '../history/streams.ts'
import { type Found, kindsOf, rowsOfStream } from './change-streams.ts'

/** A row that may be a change. */
export interface ChangeRow extends Place {
  readonly xid: bigint
  readonly change: Change | undefined
}

/** Transactions whose rows are read together, in their order. */
export type Part =
  /** Those that were open when the revision was taken, or that it covers partly. */
  | { readonly is: 'listed'; readonly xids: readonly bigint[] }
  | { readonly is: 'range'; readonly from: bigint; readonly end: bigint }

/** What is next between a revision and a later snapshot. */
export function nextPart({ snapshot, partly }: KnownRevision, to: Snapshot): Part | undefined {
  const listed = [...snapshot.open, ...partly.keys()].filter(xid => covers(to, xid))
  if (listed.length > 0) return { is: 'listed', xids: listed }
  return snapshot.end < to.end ? { is: 'range', from: snapshot.end, end: to.end } : undefined
}

/** How the rows of a part are read. */
export interface PartRead {
  readonly since: KnownRevision
  readonly to: Snapshot
  readonly kinds: readonly Change['kind'][] | undefined
  /** Of each table. */
  readonly limit: number
}

/**
 * The first rows of a part, in order: by transaction, table and id.
 *
 * @returns with whether they are all
 */
export async function readPart(
  queries: Queries,
  part: Part,
  read: PartRead,
): Promise<{ readonly rows: readonly ChangeRow[]; readonly isAll: boolean }> {
  const streams = streamTables.flatMap((table, stream) =>
    read.kinds === undefined || kindsOf(table).some(kind => read.kinds?.includes(kind)) ? [stream] : [],
  )
  const all = streams.map(stream => streamRows(stream, part, read))
  const found = await queries.rows<Found>(joined(all, ' UNION ALL '))
  const rows = found.map(row => changeRow(row, read.kinds)).sort(compare)
  // Behind the last row of a table that has more, rows may be missing.
  const ends = streams.flatMap(stream => {
    const own = rows.filter(row => row.stream === stream)
    return own.length < read.limit ? [] : (own.at(-1) ?? [])
  })
  const [end] = ends.sort(compare)
  return { rows: end ? rows.filter(row => compare(row, end) <= 0) : rows, isAll: end === undefined }
}

function streamRows(stream: number, part: Part, { since, to, limit }: PartRead): Sql {
  const xids = (list: readonly bigint[]) => sql`${list.map(String)}::xid8[]`
  const isIn =
    part.is === 'listed'
      ? sql`xid = ANY(${xids(part.xids)})`
      : sql`xid >= ${String(part.from)}::xid8 AND xid < ${String(part.end)}::xid8`
  const hidden = part.is === 'range' && to.open.length > 0 ? sql`xid <> ALL(${xids(to.open)})` : undefined
  const passed = [...since.partly].map(([xid, place]) => {
    const last = place.stream > stream ? Number.MAX_SAFE_INTEGER : place.stream < stream ? -1 : place.id
    return sql`NOT (xid = ${String(xid)}::xid8 AND ${raw('id')} <= ${last}::bigint)`
  })
  return rowsOfStream(stream, allOf([isIn, hidden, ...passed]), limit)
}

const compare = (a: ChangeRow, b: ChangeRow): number =>
  a.xid === b.xid ? a.stream - b.stream || a.id - b.id : a.xid < b.xid ? -1 : 1

function changeRow(row: Found, kinds: PartRead['kinds']): ChangeRow {
  const { stream, id, kind, is_removed: isRemoved } = row
  const isWanted = kind !== null && kinds?.includes(kind) !== false
  const change = isWanted
    ? { kind, id: idOf(row), ...(isRemoved && { isRemoved: true as const }) }
    : undefined
  return { stream, id, xid: BigInt(row.xid), change }
}

/** A long id is in the record in full. */
function idOf({ record, about }: Found): string {
  const full = record === null ? undefined : (JSON.parse(record) as { runId?: string }).runId
  return full ?? about ?? ''
}
