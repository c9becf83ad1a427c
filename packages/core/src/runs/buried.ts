import { isOfRunItself } from '../records/received-time.ts'
import type { RunEvent, SpanRecord, TapeRecord } from '../records/records.ts'
import { tombstoneOf, withoutPerson } from './erased-run.ts'

/** A marker for something that was removed. */
export interface Tombstone {
  /** It covers records from before this time, in milliseconds since the Unix epoch. */
  readonly until: number
  /** Whether its numbers are kept. */
  readonly keepsTotals: boolean
}

/** The tombstones of a store, by name. */
export interface TombstoneBook {
  get(name: string): Tombstone | undefined
  /** Adds a tombstone, unless there is one that covers more. */
  bury(name: string, tombstone: Tombstone): void
}

export const contextTombstone = (kind: string, key: string): string => tombstoneOf('context', kind, key)

export const eventTombstone = ({ runId, metric, replay }: RunEvent): string =>
  tombstoneOf('event', runId, metric, replay?.traceId ?? '')

/** The names of all tombstones that may cover a record. */
export const tombstonesOf = (record: TapeRecord): string[] =>
  record.kind === 'span'
    ? namesOfSpan(record)
    : [
        ...namesOfEvent(record),
        ...(record.context ? [contextTombstone(record.context.kind, record.context.key)] : []),
      ]

/** The storable part of the record; `undefined` if it belongs to removed data. */
export function unlessBuried(book: TombstoneBook, record: TapeRecord): TapeRecord | undefined {
  if (record.kind === 'span') return isBuriedSpan(book, record) ? undefined : record
  const tombstone = tombstoneOfEvent(book, record)
  if (tombstone === undefined) return record
  return tombstone.keepsTotals && !record.replay ? withoutPerson(record) : undefined
}

const forGood = { until: Infinity, keepsTotals: false }

function isBuriedSpan(book: TombstoneBook, span: SpanRecord): boolean {
  const isBuried = namesOfSpan(span).some(name => (book.get(name)?.until ?? -Infinity) >= span.startedAt)
  // Other spans of the trace may not name the removed target.
  if (isBuried) book.bury(tombstoneOf('trace', span.traceId), forGood)
  return isBuried
}

const namesOfSpan = ({ traceId, replay, runId, sessionId }: SpanRecord): string[] => [
  tombstoneOf('trace', traceId),
  ...(replay ? [tombstoneOf('trace', replay.sourceTraceId)] : []),
  ...(runId === undefined ? [] : [tombstoneOf('run', runId)]),
  ...(sessionId === undefined ? [] : [tombstoneOf('session', sessionId)]),
]

/** Of the run, the event and the replay. */
const namesOfEvent = (event: RunEvent): string[] => [
  tombstoneOf('run', event.runId),
  eventTombstone(event),
  ...(event.replay ? [tombstoneOf('trace', event.replay.traceId)] : []),
]

/** The tombstone of the run, the event, the replay or the context, in this order. */
function tombstoneOfEvent(book: TombstoneBook, event: RunEvent): Tombstone | undefined {
  const { runId, context, at, metric } = event
  const found = namesOfEvent(event)
    .map(name => book.get(name))
    .find(tombstone => tombstone !== undefined)
  if (found) return found
  const ofContext = context && book.get(contextTombstone(context.kind, context.key))
  if (ofContext === undefined || ofContext.until < at) return undefined
  if (!isOfRunItself(metric)) return forGood
  // Other events of the run may not name the context.
  book.bury(tombstoneOf('run', runId), { ...ofContext, until: Infinity })
  return ofContext
}
