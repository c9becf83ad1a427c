import { RuntapeError } from '@runtape/core'
import { realNow } from '@runtape/core/internal'
import type { Database } from '../database/database.ts'
import { closeChanges } from './next-change.ts'
import type { Revision, RunRevision } from './revision-ids.ts'
import { lastShared, storeId } from './store-ids.ts'

export type { Revision, RunRevision }

/** The last event and the last price that had been received by a time. */
interface NotedTime {
  readonly event_id: number
  readonly price_id: number
  readonly received_at: number
}

export const revisionText = (database: Database, { eventId, priceId, spanId, changeId }: Revision): string =>
  `r${eventId}.${priceId}.${spanId}.${changeId}-${storeId(database)}`

const newestIds = `(SELECT coalesce(max(id), 0) FROM span_rows) AS spanId,
  (SELECT coalesce(max(id), 0) FROM changes) AS changeId,`

/** The current revision. Runs are as of their rows. */
export const storeRevision = (database: Database): Revision =>
  database.get<Revision>(
    `SELECT ${newestIds} event_id AS eventId, price_id AS priceId FROM run_state`,
  ) as Revision

/** Everything written so far, whether it is in the rows of runs or not. */
export const writtenRevision = (database: Database): Revision =>
  database.get<Revision>(
    `SELECT ${newestIds} (SELECT coalesce(max(id), 0) FROM run_events) AS eventId,
       (SELECT coalesce(max(id), 0) FROM event_prices) AS priceId`,
  ) as Revision

/** The revision of the rows of runs. */
export function currentRevision(database: Database): RunRevision {
  const state = database.get<{ event_id: number; price_id: number }>(
    'SELECT event_id, price_id FROM run_state',
  )
  return { eventId: state?.event_id ?? 0, priceId: state?.price_id ?? 0 }
}

/**
 * The revision that a text names, or the last revision received by a time. A revision text of an older version has no
 * ids of spans and other changes: it covers all of them.
 *
 * @throws {RuntapeError} `invalid-option` for a revision that this store has not reached or cannot know
 */
export function revisionAt(database: Database, asOf: string | number): Revision {
  if (typeof asOf === 'number')
    return {
      ...runsReceivedBy(database, asOf),
      spanId: lastReceivedBy(database, 'span_rows', asOf),
      changeId: lastReceivedBy(database, 'changes', asOf),
    }
  const revision = knownRevision(database, asOf)
  if (revision) return revision
  throw new RuntapeError(
    'invalid-option',
    `asOf is not a revision of the store ${database.name} (got "${asOf}"). Pass one that its revision() returned, or a time.`,
  )
}

/** The revision that a text names, if this store has reached it. */
export function knownRevision(database: Database, text: string): Revision | undefined {
  const [isRevision, eventId, priceId, spanId, changeId, store] =
    /^r(\d+)\.(\d+)(?:\.(\d+)\.(\d+)-([0-9a-f]+))?$/.exec(text) ?? []
  if (isRevision === undefined) return undefined
  const of = (spans: number, changes: number): Revision => ({
    eventId: Number(eventId),
    priceId: Number(priceId),
    spanId: spans,
    changeId: changes,
  })
  const current = () => storeRevision(database)
  if (store === undefined) {
    const runs = of(uncounted.spanId, uncounted.changeId)
    return isWithin({ ...runs, spanId: 0, changeId: 0 }, current()) ? runs : undefined
  }
  const last = lastShared(database, store, current)
  const revision = of(Number(spanId), Number(changeId))
  return last && isWithin(revision, last) ? revision : undefined
}

const isWithin = (revision: Revision, last: Revision): boolean =>
  (Object.keys(revision) as (keyof Revision)[]).every(id => revision[id] <= last[id])

const uncounted = { spanId: Number.MAX_SAFE_INTEGER, changeId: Number.MAX_SAFE_INTEGER } as const

/** The last change that certainly belongs to a revision. A revision text of an older version does not tell. */
export const changesKnownAt = ({ changeId }: Revision): number =>
  changeId === uncounted.changeId ? 0 : changeId

/**
 * As `revisionAt`, for reads of spans and other changes.
 *
 * @throws {RuntapeError} `invalid-option` also for a revision of an older version, and for a time before the store
 *   recorded when it receives spans
 */
export function wholeRevisionAt(database: Database, asOf: string | number): Revision {
  const revision = revisionAt(database, asOf)
  if (typeof asOf === 'number') requireKnownSpans(database, revision.spanId, asOf)
  if (revision.spanId !== uncounted.spanId) return revision
  throw new RuntapeError(
    'invalid-option',
    `asOf is a revision of runs only (got "${asOf}"): an older version of @runtape/store-sqlite returned it. Pass a time, or a revision that revision() returns now.`,
  )
}

interface Received {
  readonly id: number
  /** `null` if an older version received it. */
  readonly received_at: number | null
}

/** The last row received by a time: a binary search, because the times of receipt never decrease. */
function lastReceivedBy(database: Database, table: 'span_rows' | 'changes', asOf: number): number {
  const newest = database.get<{ id: number | null }>(`SELECT max(id) AS id FROM ${table}`)?.id ?? 0
  let [from, to] = [0, newest]
  while (from < to) {
    const middle = Math.ceil((from + to) / 2)
    if ((receivedAt(database, table, middle) ?? asOf) > asOf) to = middle - 1
    else from = middle
  }
  return from
}

/** Time of receipt of a row, or of a neighbouring row if a process of an older version wrote it. */
function receivedAt(database: Database, table: string, id: number): number | undefined {
  const beside = (rows: string) =>
    database.get<Received>(
      `SELECT id, received_at FROM (SELECT id, received_at FROM ${table} WHERE id ${rows} LIMIT 64)
       WHERE received_at IS NOT NULL LIMIT 1`,
      id,
    )?.received_at
  return beside('>= ? ORDER BY id') ?? beside('< ? ORDER BY id DESC') ?? undefined
}

function requireKnownSpans(database: Database, spanId: number, asOf: number): void {
  if (spanId === 0 || asOf >= realNow()) return
  const row = database.get<Received>(
    'SELECT id, received_at FROM span_rows WHERE id <= ? ORDER BY id DESC LIMIT 1',
    spanId,
  )
  if (row === undefined || row.received_at !== null || asOf >= knownSince(database)) return
  throw new RuntapeError(
    'invalid-option',
    `asOf is before ${database.name} began to record when it receives spans: its traces at that time are unknown. Pass a later time, or a revision.`,
  )
}

/** When the times of receipt began to be recorded. */
const knownSince = (database: Database): number =>
  database.get<{ at: number }>('SELECT received_at AS at FROM changes ORDER BY id LIMIT 1')?.at ?? Infinity

const noteEveryMs = 1000

/**
 * Records a time at which all events of a step had been received. The recorded times never decrease, even if the
 * clock is set back.
 *
 * @param receivedAt when the last of them was received, if known
 */
export function noteTime(
  database: Database,
  from: RunRevision,
  to: RunRevision,
  receivedAt = lastReceived(database, from, to),
): void {
  const last = lastNoted(database)
  // Older versions did not record it: by now, at the latest.
  const at = receivedAt ?? (last === undefined ? realNow() : null)
  if (at !== null && (last === undefined || at >= last.received_at + noteEveryMs))
    insertNote(database, to, at)
}

const lastReceived = (database: Database, from: RunRevision, to: RunRevision): number | null =>
  database.get<{ at: number | null }>(
    `SELECT max(at) AS at FROM (
       SELECT max(received_at) AS at FROM run_events WHERE id > ? AND id <= ?
       UNION ALL SELECT max(received_at) FROM event_prices WHERE id > ? AND id <= ?)`,
    from.eventId,
    to.eventId,
    from.priceId,
    to.priceId,
  )?.at ?? null

const lastNoted = (database: Database): NotedTime | undefined =>
  database.get('SELECT event_id, price_id, received_at FROM revision_times ORDER BY id DESC LIMIT 1')

function insertNote(database: Database, { eventId, priceId }: RunRevision, at: number): void {
  database.run(
    'INSERT INTO revision_times (event_id, price_id, received_at) VALUES (?, ?, ?)',
    eventId,
    priceId,
    at,
  )
}

/** Records, inside a transaction, that later events arrive after `asOf`, even if the clock is set back. */
export function closePast(database: Database, asOf: number): void {
  const last = lastNoted(database)
  if (last === undefined || last.received_at <= asOf) noteClosed(database, Math.max(realNow(), asOf + 1))
  closeChanges(database, asOf)
}

/** Moves the last note if it and the one before are of the current revision: repeated reads keep two rows. */
function noteClosed(database: Database, at: number): void {
  const current = currentRevision(database)
  const last = database.all<NotedTime>(
    'SELECT event_id, price_id FROM revision_times ORDER BY id DESC LIMIT 2',
  )
  const isSame = last.every(
    ({ event_id, price_id }) => event_id === current.eventId && price_id === current.priceId,
  )
  if (!isSame || last.length < 2) return insertNote(database, current, at)
  database.run(
    'UPDATE revision_times SET received_at = ? WHERE id = (SELECT max(id) FROM revision_times)',
    at,
  )
}

function runsReceivedBy(database: Database, asOf: number): RunRevision {
  const before = database.get<NotedTime>(
    'SELECT event_id, price_id FROM revision_times WHERE received_at <= ? ORDER BY id DESC LIMIT 1',
    asOf,
  )
  const after = database.get<NotedTime>(
    'SELECT event_id, price_id FROM revision_times WHERE received_at > ? ORDER BY id LIMIT 1',
    asOf,
  )
  const current = currentRevision(database)
  requireKnown(database, asOf)
  const lastBefore = (table: string, from: number, to: number) =>
    (database.get<{ id: number | null }>(
      `SELECT min(id) AS id FROM ${table} WHERE id > ? AND id <= ? AND received_at > ?`,
      from,
      to,
      asOf,
    )?.id ?? to + 1) - 1
  return {
    eventId: lastBefore('run_events', before?.event_id ?? 0, after?.event_id ?? current.eventId),
    priceId: lastBefore('event_prices', before?.price_id ?? 0, after?.price_id ?? current.priceId),
  }
}

/** Older versions did not record when they received an event. */
function requireKnown(database: Database, asOf: number): void {
  const [event] = database.all<{ received_at: number | null }>(
    'SELECT received_at FROM run_events ORDER BY id LIMIT 1',
  )
  if (event === undefined || event.received_at !== null) return
  const [first] = database.all<NotedTime>('SELECT received_at FROM revision_times ORDER BY id LIMIT 1')
  if (first !== undefined && asOf >= first.received_at) return
  const since = first ? ` (${new Date(first.received_at).toISOString()})` : ''
  throw new RuntapeError(
    'invalid-option',
    `asOf is before ${database.name} began to record when it receives events${since}: the bill at that time is unknown. Pass a later time.`,
  )
}
