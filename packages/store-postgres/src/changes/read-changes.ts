import type { Changes } from '@runtape/core/store'
import { ChangePage, type CheckedChanges, revisionUnknown } from '@runtape/core/store-helpers'
import type { Database, Queries } from '../database/database.ts'
import { sql } from '../database/sql.ts'
import { knownRevision, revisionAsOf } from '../history/moment.ts'
import { coversAllUpTo, type KnownRevision, revisionText } from '../history/revisions.ts'
import { below, covers, type Snapshot, snapshotOf, union } from '../history/snapshot.ts'
import { type ChangeRow, nextPart, type Part, readPart } from './change-rows.ts'

/** Number of rows after which a page ends, even if it has fewer changes than it may: its records changed often. */
const mostRows = 20_000

/** A page of the changes since a revision. Its cost depends on their number, not on the size of the store. */
export async function readChanges(database: Database, query: CheckedChanges): Promise<Changes> {
  const since = await startOf(database, query.since)
  // In a transaction before that of the page, which therefore sees everything that this revision covers.
  const { snapshot } = await revisionAsOf(database, query.asOf)
  return database.read(queries => pageOfChanges(queries, database, { query, since, to: snapshot }))
}

interface Paging {
  readonly query: CheckedChanges
  readonly since: KnownRevision
  readonly to: Snapshot
}

async function pageOfChanges(
  queries: Queries,
  database: Database,
  { query, since, to }: Paging,
): Promise<Changes> {
  await requireMarks(queries, database, { query, since })
  const page = new ChangePage(query.limit)
  let [passed, hasMore] = [since, false]
  for (let read = 0; !hasMore; ) {
    const part = nextPart(passed, to)
    if (part === undefined) break
    const { rows, isAll } = await readPart(queries, part, {
      since: passed,
      to,
      kinds: query.kinds,
      limit: query.limit + 1,
    })
    const full = rows.findIndex(({ change }) => !page.add(change))
    const last = rows[full === -1 ? rows.length - 1 : full - 1]
    read += rows.length
    if (full === -1 && isAll) passed = after(passed, to, part)
    else if (last) passed = afterRow(passed, to, last)
    hasMore = full !== -1 || (read >= mostRows && nextPart(passed, to) !== undefined)
  }
  return { items: page.items, revision: revisionText(passed), hasMore }
}

/** The revision that covers a part, too. */
function after({ store, snapshot, partly }: KnownRevision, to: Snapshot, part: Part): KnownRevision {
  if (part.is === 'range') return { store, snapshot: union(snapshot, to), partly }
  const listed = new Set(part.xids)
  return {
    store,
    snapshot: snapshotOf(
      snapshot.end,
      snapshot.open.filter(xid => !listed.has(xid)),
    ),
    partly: new Map([...partly].filter(([xid]) => !listed.has(xid))),
  }
}

/** The revision that covers everything up to a row, too. */
function afterRow(
  { store, snapshot, partly }: KnownRevision,
  to: Snapshot,
  { xid, stream, id }: ChangeRow,
): KnownRevision {
  const left = [...partly].filter(([one]) => one > xid || !covers(to, one))
  return {
    store,
    snapshot: union(snapshot, below(to, xid + 1n)),
    partly: new Map([...left, [xid, { stream, id }]]),
  }
}

/** @throws {RuntapeError} `revision-unknown` if this store never had the revision */
async function startOf(database: Database, since: string | number): Promise<KnownRevision> {
  if (typeof since === 'number') return revisionAsOf(database, since)
  const revision = await knownRevision(database, since)
  if (revision) return revision
  throw revisionUnknown(since, `the store ${database.name}`)
}

/** @throws {RuntapeError} `revision-unknown` if marks of what was removed since then were forgotten */
async function requireMarks(
  queries: Queries,
  { name }: Database,
  { query, since }: Pick<Paging, 'query' | 'since'>,
): Promise<void> {
  const rows = await queries.rows<{ xid: string }>(sql`SELECT xid::text FROM @removal_changes_floor`)
  if (rows.some(({ xid }) => !coversAllUpTo(since, BigInt(xid))))
    throw revisionUnknown(query.since, `the store ${name}`)
}
