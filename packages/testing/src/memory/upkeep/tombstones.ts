import type { RunEvent, SpanRecord, TapeRecord } from '@runtape/core'
import { isOfRunItself, tombstoneOf, withoutPerson } from '@runtape/core/store-helpers'
import type { Tape, Tombstone } from '../traces/tape.ts'

export const contextTombstone = (kind: string, key: string): string => tombstoneOf('context', kind, key)

export const eventTombstone = ({ runId, metric, replay }: RunEvent): string =>
  tombstoneOf('event', runId, metric, replay?.traceId ?? '')

export function bury(tape: Tape, name: string, tombstone: Tombstone): void {
  const known = tape.tombstones.get(name)
  if (known === undefined || known.until < tombstone.until) tape.tombstones.set(name, tombstone)
}

/** The storable part of the record; `undefined` if it belongs to removed data. */
export function unlessBuried(tape: Tape, record: TapeRecord): TapeRecord | undefined {
  if (tape.tombstones.size === 0) return record
  if (record.kind === 'span') return isBuriedSpan(tape, record) ? undefined : record
  const tombstone = tombstoneOfEvent(tape, record)
  if (tombstone === undefined) return record
  return tombstone.keepsTotals && !record.replay ? withoutPerson(record) : undefined
}

const forGood = { until: Infinity, keepsTotals: false }

function isBuriedSpan(tape: Tape, { traceId, replay, runId, sessionId, startedAt }: SpanRecord): boolean {
  const names = [
    tombstoneOf('trace', traceId),
    ...(replay ? [tombstoneOf('trace', replay.sourceTraceId)] : []),
    ...(runId === undefined ? [] : [tombstoneOf('run', runId)]),
    ...(sessionId === undefined ? [] : [tombstoneOf('session', sessionId)]),
  ]
  const isBuried = names.some(name => (tape.tombstones.get(name)?.until ?? -Infinity) >= startedAt)
  // Other spans of the trace may not name the removed target.
  if (isBuried) bury(tape, tombstoneOf('trace', traceId), forGood)
  return isBuried
}

/** The tombstone of the run, the event, the replay or the context, in this order. */
function tombstoneOfEvent(tape: Tape, event: RunEvent): Tombstone | undefined {
  const { runId, replay, context, at, metric } = event
  const found = [
    tombstoneOf('run', runId),
    eventTombstone(event),
    ...(replay ? [tombstoneOf('trace', replay.traceId)] : []),
  ]
    .map(name => tape.tombstones.get(name))
    .find(tombstone => tombstone !== undefined)
  if (found) return found
  const ofContext = context && tape.tombstones.get(contextTombstone(context.kind, context.key))
  if (ofContext === undefined || ofContext.until < at) return undefined
  if (!isOfRunItself(metric)) return forGood
  // Other events of the run may not name the context.
  bury(tape, tombstoneOf('run', runId), { ...ofContext, until: Infinity })
  return ofContext
}
