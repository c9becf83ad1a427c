import { RuntapeError } from '@runtape/core'
import { realNow } from '@runtape/core/internal'
import type { Database } from '../database/database.ts'

/** A point in the store's history: everything up to this event and this price. */
export interface Revision {
  readonly eventId: number
  readonly priceId: number
}

/** What had been received by a time. Nothing after the event or the price had been received. */
interface NotedTime {
  readonly event_id: number
  readonly price_id: number
  readonly received_at: number
}

export const revisionText = ({ eventId, priceId }: Revision): string => `r${eventId}.${priceId}`

/** The revision of the rows of runs. */
export function currentRevision(database: Database): Revision {
  const state = database.get<{ event_id: number; price_id: number }>(
    'SELECT event_id, price_id FROM run_state',
  )
  return { eventId: state?.event_id ?? 0, priceId: state?.price_id ?? 0 }
}

/**
 * The revision that a text names, or the last revision received by a time.
 *
 * @throws {RuntapeError} `invalid-option` for a revision that this store has not reached or cannot know
 */
export function revisionAt(database: Database, asOf: string | number): Revision {
  if (typeof asOf === 'number') return revisionAtTime(database, asOf)
  const [, eventId, priceId] = /^r(\d+)\.(\d+)$/.exec(asOf) ?? []
  const revision = { eventId: Number(eventId), priceId: Number(priceId) }
  const current = currentRevision(database)
  if (revision.eventId <= current.eventId && revision.priceId <= current.priceId) return revision
  throw new RuntapeError(
    'invalid-option',
    `asOf is not a revision of the store ${database.name} (got "${asOf}"). Pass one that its runs.revision() returned, or a time.`,
  )
}

const noteEveryMs = 1000

/**
 * Records the time by which the events of a step were received. The recorded times never decrease, even if the clock is
 * set back.
 *
 * @param receivedAt when the last of them was received, if known
 */
export function noteTime(
  database: Database,
  from: Revision,
  to: Revision,
  receivedAt = lastReceived(database, from, to),
): void {
  const last = lastNoted(database)
  if (receivedAt !== null && (last === undefined || receivedAt >= last.received_at + noteEveryMs))
    insertNote(database, to, receivedAt)
}

const lastReceived = (database: Database, from: Revision, to: Revision): number | null =>
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

function insertNote(database: Database, { eventId, priceId }: Revision, at: number): void {
  database.run(
    'INSERT INTO revision_times (event_id, price_id, received_at) VALUES (?, ?, ?)',
    eventId,
    priceId,
    at,
  )
}

/** Records, inside a transaction, that later events arrived after `asOf`, whatever the clock says. */
export function closePast(database: Database, asOf: number): void {
  const last = lastNoted(database)
  if (last === undefined || last.received_at <= asOf)
    insertNote(database, currentRevision(database), Math.max(realNow(), asOf + 1))
}

function revisionAtTime(database: Database, asOf: number): Revision {
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
