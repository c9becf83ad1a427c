import type { Revision } from '@runtape/core/store'
import type { Database, Queries } from '../database/database.ts'
import { unusable } from '../database/errors.ts'
import { isAppendLock } from '../database/locks.ts'
import { raw, sql } from '../database/sql.ts'
import { below, covers, parseSnapshot, type Snapshot, snapshotOf } from './snapshot.ts'
import { lastXid, streamTables } from './streams.ts'

/** A row of a transaction: its table in `streamTables`, and its id there. */
export interface Place {
  readonly stream: number
  readonly id: number
}

/** A point in the history of a store. */
export interface KnownRevision {
  readonly store: string
  readonly snapshot: Snapshot
  /** Transactions of which `changes` has returned the rows up to a place only. Reads show all of their rows. */
  readonly partly: ReadonlyMap<bigint, Place>
}

/** The text of a revision: the last transaction that it covers, those before that it does not, and the id of the store. */
export const revisionText = ({ store, snapshot: { end, open }, partly }: KnownRevision): Revision =>
  [
    `r${end}`,
    ...open.map(xid => `.${xid}`),
    ...[...partly].map(([xid, { stream, id }]) => `+${xid}.${stream}.${id}`),
    `-${store}`,
  ].join('')

/** Reads the text of a revision. */
export function parseRevision(text: string): KnownRevision | undefined {
  const [isRevision, end = '', open = '', partly = '', store = ''] =
    /^r(\d{1,18})((?:\.\d{1,18})*)((?:\+\d{1,18}\.\d\.\d{1,16})*)-([0-9a-f]{8})$/.exec(text) ?? []
  if (isRevision === undefined) return undefined
  const places = partly.split('+').slice(1).map(placeOf)
  const snapshot = snapshotOf(BigInt(end), open.split('.').slice(1).map(BigInt))
  return { store, snapshot, partly: new Map(places) }
}

function placeOf(text: string): [bigint, Place] {
  const [xid = '', stream, id] = text.split('.')
  return [BigInt(xid), { stream: Number(stream), id: Number(id) }]
}

interface CurrentRow {
  readonly snapshot: string
  readonly last: string
  readonly store: string
  readonly distance: string | null
  readonly is_replica: boolean
}

/**
 * The current revision: the same text until something changes. It covers everything that had been written when this was called,
 * and perhaps more: read as of it in another transaction.
 *
 * @throws {RuntapeError} `store-unusable` on a replica, which does not know the running transactions
 */
export const currentRevision = (database: Database): Promise<KnownRevision> =>
  database.read(async queries => {
    const [row] = await queries.rows<CurrentRow>(
      sql`SELECT @current_snapshot()::text AS snapshot, ${lastXid}::text AS last, pg_is_in_recovery() AS is_replica,
        (SELECT store FROM @store_ids WHERE last_xid IS NULL ORDER BY id DESC LIMIT 1) AS store,
        (SELECT value FROM @meta WHERE key = 'xid_distance') AS distance`,
    )
    if (!row || row.is_replica) throw unusable(database.name, notOnReplica)
    const { store, distance } = row
    // What other applications of the server write changes nothing here.
    const { end, open } = below(parseSnapshot(row.snapshot), BigInt(row.last) + 1n)
    const isOpen =
      open.length > 0 ? await openWriters(queries, database.schema, BigInt(distance ?? 0)) : never
    return { store, snapshot: snapshotOf(end, open.filter(isOpen)), partly: new Map() }
  })

const never = () => false

const notOnReplica =
  'the server is a replica, which does not know the transactions that are running. Read revisions and changes from the primary'

/**
 * The transactions that may still write to the store. Call it after the snapshot was taken: the others of the snapshot have
 * ended, or belong to other applications.
 */
async function openWriters(
  queries: Queries,
  schema: string,
  distance: bigint,
): Promise<(xid: bigint) => boolean> {
  const rows = await queries.rows<{ xid: string }>(
    sql`SELECT own.transactionid::text AS xid FROM pg_locks AS held
      JOIN pg_locks AS own ON own.pid = held.pid AND own.locktype = 'transactionid' AND own.mode = 'ExclusiveLock'
      WHERE ${isAppendLock(schema, 'held')}`,
  )
  const open = new Set(rows.map(({ xid }) => BigInt(xid)))
  // Locks have the lower 32 bits.
  return xid => open.has(BigInt.asUintN(32, xid - distance))
}

/** Whether the store has reached a revision, and the id at its end is its own or that of the store that it was copied from. */
export async function isReached(database: Database, revision: KnownRevision): Promise<boolean> {
  const [row] = await database.rows<{ end: string }>(
    sql`SELECT coalesce((last_xid::text::bigint + 1)::text, pg_snapshot_xmax(@current_snapshot())::text) AS end
      FROM @store_ids WHERE store = ${revision.store} ORDER BY id DESC LIMIT 1`,
  )
  return row !== undefined && revision.snapshot.end <= BigInt(row.end)
}

/**
 * A revision that covers nothing that was received after a time, and everything else but what came together with it.
 *
 * @param at a time that is closed: see `closedTime`
 */
export async function revisionOfTime(database: Database, at: number): Promise<KnownRevision> {
  const current = await currentRevision(database)
  const firsts = streamTables.map(
    table => sql`(SELECT xid FROM ${raw(`@${table}`)} WHERE received_at > ${at} ORDER BY xid LIMIT 1)`,
  )
  const [first, ...others] = firsts
  const all = others.reduce((list, next) => sql`${list}, ${next}`, first ?? raw('NULL'))
  const [row] = await database.rows<{ xid: string | null }>(sql`SELECT least(${all})::text AS xid`)
  if (row?.xid == null) return current
  return { ...current, snapshot: below(current.snapshot, BigInt(row.xid)) }
}

/** Whether a revision covers everything up to a transaction. */
export const coversAllUpTo = ({ snapshot, partly }: KnownRevision, xid: bigint): boolean =>
  covers(snapshot, xid) &&
  !snapshot.open.some(open => open < xid) &&
  ![...partly.keys()].some(one => one <= xid)
