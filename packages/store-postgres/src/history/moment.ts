import { setTimeout as sleep } from 'node:timers/promises'
import { RuntapeError } from '@runtape/core'
import type { Revision } from '@runtape/core/store'
import type { Database, Queries } from '../database/database.ts'
import { lockKeys } from '../database/locks.ts'
import { raw, type Sql, sql } from '../database/sql.ts'

// A revision is a snapshot of Postgres: it says of every transaction whether it had ended, so a row belongs to a revision
// for good, or never. Docs: https://www.postgresql.org/docs/current/functions-info.html#FUNCTIONS-INFO-SNAPSHOT

/** The point in the history of a store that a read shows. */
export type Moment =
  | { readonly is: 'now' }
  | { readonly is: 'revision'; readonly snapshot: string }
  /** Rows received until then, in milliseconds since the Unix epoch. */
  | { readonly is: 'time'; readonly at: number }

export const now: Moment = { is: 'now' }

/**
 * The condition that the row of a table had been received.
 *
 * @param alias of the table, which has `xid` and `received_at`
 */
export function isReceived(moment: Moment, alias: string): Sql {
  if (moment.is === 'now') return raw('true')
  if (moment.is === 'time') return sql`${raw(alias)}.received_at <= ${moment.at}`
  return sql`pg_visible_in_snapshot(${raw(alias)}.xid, ${moment.snapshot}::pg_snapshot)`
}

/**
 * The condition that a mark had been put on the row of a table.
 *
 * @param mark of the table `alias`, which has `<mark>_xid` and `<mark>_received_at`
 */
export function isMarked(moment: Moment, alias: string, mark: string): Sql {
  const column = raw(`${alias}.${mark}`)
  if (moment.is === 'now') return sql`${column}_xid IS NOT NULL`
  if (moment.is === 'time') return sql`coalesce(${column}_received_at <= ${moment.at}, false)`
  return sql`coalesce(pg_visible_in_snapshot(${column}_xid, ${moment.snapshot}::pg_snapshot), false)`
}

/**
 * The moment that `asOf` names. Reading a past time closes it: this waits for records that were received by then and are
 * not written yet.
 *
 * @throws {RuntapeError} `invalid-option` for a revision that the store has not reached
 */
export async function momentOf(database: Database, asOf: Revision | number | undefined): Promise<Moment> {
  if (asOf === undefined) return now
  if (typeof asOf === 'number') return { is: 'time', at: await closedTime(database, asOf) }
  const parts = partsOf(asOf)
  if (parts === undefined || !(await isReached(database, parts))) throw unreached(asOf)
  return { is: 'revision', snapshot: parts.snapshot }
}

/** The revision that the queries show. */
export async function revisionOf(queries: Queries): Promise<Revision> {
  const [row] = await queries.rows<{ snapshot: string; last: number }>(
    sql`SELECT pg_current_snapshot()::text AS snapshot, last_value AS last FROM @ids`,
  )
  const [xmin, xmax, running] = (row?.snapshot ?? '').split(':')
  return [`r${row?.last}`, xmin, xmax, ...(running ? [running.replaceAll(',', '-')] : [])].join('.')
}

/** The text for the cursor of a list: later pages show the moment of the first. */
export const markOf = async (queries: Queries, moment: Moment): Promise<string> =>
  moment.is === 'time' ? `t${moment.at}` : moment.is === 'now' ? revisionOf(queries) : `s${moment.snapshot}`

/** The moment of `markOf`. */
export function momentOfMark(mark: string): Moment {
  if (mark.startsWith('t')) return { is: 'time', at: Number(mark.slice(1)) }
  if (mark.startsWith('s')) return { is: 'revision', snapshot: mark.slice(1) }
  const parts = partsOf(mark)
  if (parts === undefined) throw unreached(mark)
  return { is: 'revision', snapshot: parts.snapshot }
}

interface Parts {
  /** The last id that had been taken. */
  readonly last: string
  readonly snapshot: string
}

function partsOf(revision: Revision): Parts | undefined {
  const [isRevision, last = '', xmin = '', xmax = '', running = ''] =
    /^r(\d{1,18})\.(\d{1,18})\.(\d{1,18})(?:\.([\d-]+))?$/.exec(revision) ?? []
  if (isRevision === undefined) return undefined
  const all = [xmin, ...running.split('-').filter(Boolean), xmax]
  const isRising = all.every((xid, index) => index === 0 || BigInt(xid) >= BigInt(all[index - 1] ?? 0))
  return isRising ? { last, snapshot: `${xmin}:${xmax}:${running.replaceAll('-', ',')}` } : undefined
}

async function isReached(database: Database, { last, snapshot }: Parts): Promise<boolean> {
  const [row] = await database.rows<{ reached: boolean }>(
    sql`SELECT ${last}::bigint <= last_value
      AND pg_snapshot_xmax(${snapshot}::pg_snapshot) <= pg_snapshot_xmax(pg_current_snapshot()) AS reached FROM @ids`,
  )
  return row?.reached === true
}

const unreached = (asOf: string): RuntapeError =>
  new RuntapeError(
    'invalid-option',
    `asOf is not a revision of this store (got "${asOf.slice(0, 100)}"). Pass one that its revision() returned, or a time.`,
  )

/** A clock of another machine may be ahead of the server's by this much. */
const mostAheadMs = 2000

/** The time, or the present one if it is in the future. Nothing more can be received by then once this returns. */
async function closedTime(database: Database, asOf: number): Promise<number> {
  const wanted = Math.floor(asOf)
  for (;;) {
    const { at, writers } = await clockAndWriters(database)
    const time = wanted > at + mostAheadMs ? at : wanted
    if (time < at) {
      await endOf(database, writers)
      return time
    }
    await sleep(time - at + 1)
    if (time !== wanted) {
      await endOf(database, (await clockAndWriters(database)).writers)
      return time
    }
  }
}

async function clockAndWriters(database: Database): Promise<{ at: number; writers: readonly string[] }> {
  const [ours, append] = lockKeys(database.schema, 'append')
  const [row] = await database.rows<{ at: number; writers: string[] | null }>(
    sql`SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint AS at,
      (SELECT array_agg(DISTINCT virtualtransaction) FROM pg_locks
        WHERE locktype = 'advisory' AND granted AND mode = 'ShareLock'
          AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
          AND classid = (${ours}::bigint & 4294967295)::oid
          AND objid = (${append}::bigint & 4294967295)::oid) AS writers`,
  )
  return { at: row?.at ?? 0, writers: row?.writers ?? [] }
}

/** Waits until these transactions have ended. Others may go on. */
async function endOf(database: Database, transactions: readonly string[]): Promise<void> {
  let left = transactions
  for (let pauseMs = 1; left.length > 0; pauseMs = Math.min(pauseMs * 2, 100)) {
    await sleep(pauseMs)
    const { writers } = await clockAndWriters(database)
    left = left.filter(one => writers.includes(one))
  }
}
