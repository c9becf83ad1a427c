import { setTimeout as sleep } from 'node:timers/promises'
import { RuntapeError } from '@runtape/core'
import type { Revision } from '@runtape/core/store'
import type { Database, Queries } from '../database/database.ts'
import { isAppendLock } from '../database/locks.ts'
import { raw, type Sql, sql } from '../database/sql.ts'
import { currentRevision, isReached, type KnownRevision, parseRevision, revisionOfTime } from './revisions.ts'
import { parseSnapshot, snapshotText } from './snapshot.ts'

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
  const revision = await knownRevision(database, asOf)
  if (revision === undefined) throw unreached(asOf)
  return { is: 'revision', snapshot: snapshotText(revision.snapshot) }
}

/** The revision that a text names, if this store has reached it. */
export async function knownRevision(database: Database, text: Revision): Promise<KnownRevision | undefined> {
  const revision = parseRevision(text)
  return revision && (await isReached(database, revision)) ? revision : undefined
}

/**
 * The revision that `asOf` names. Default: the current one.
 *
 * @throws {RuntapeError} `invalid-option` for a revision that the store has not reached
 */
export async function revisionAsOf(
  database: Database,
  asOf: Revision | number | undefined,
): Promise<KnownRevision> {
  if (asOf === undefined) return currentRevision(database)
  if (typeof asOf === 'number') return revisionOfTime(database, await closedTime(database, asOf))
  const revision = await knownRevision(database, asOf)
  if (revision === undefined) throw unreached(asOf)
  return revision
}

/** The text for the cursor of a list: later pages show the moment of the first, to the transaction. */
export async function markOf(queries: Queries, moment: Moment): Promise<string> {
  if (moment.is === 'time') return `t${moment.at}`
  if (moment.is === 'revision') return `s${moment.snapshot}`
  const [row] = await queries.rows<{ snapshot: string }>(sql`SELECT @current_snapshot()::text AS snapshot`)
  return `s${row?.snapshot}`
}

/** The moment of `markOf`. */
export function momentOfMark(mark: string): Moment {
  if (/^t-?\d{1,16}$/.test(mark)) return { is: 'time', at: Number(mark.slice(1)) }
  if (/^s\d{1,18}:\d{1,18}:[\d,]*$/.test(mark))
    return { is: 'revision', snapshot: snapshotText(parseSnapshot(mark.slice(1))) }
  throw unreached(mark)
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

export async function clockAndWriters(
  database: Database,
): Promise<{ at: number; writers: readonly string[] }> {
  const [row] = await database.rows<{ at: number; writers: string[] | null }>(
    sql`SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint AS at,
      (SELECT array_agg(DISTINCT virtualtransaction) FROM pg_locks AS held
        WHERE ${isAppendLock(database.schema, 'held')}) AS writers`,
  )
  return { at: row?.at ?? 0, writers: row?.writers ?? [] }
}

/** Waits until the transactions that are writing now have ended. Later ones may go on. */
export const writersEnded = async (database: Database): Promise<void> =>
  endOf(database, (await clockAndWriters(database)).writers)

/** Waits until these transactions have ended. Others may go on. */
export async function endOf(database: Database, transactions: readonly string[]): Promise<void> {
  let left = transactions
  for (let pauseMs = 1; left.length > 0; pauseMs = Math.min(pauseMs * 2, 100)) {
    await sleep(pauseMs)
    const { writers } = await clockAndWriters(database)
    left = left.filter(one => writers.includes(one))
  }
}
