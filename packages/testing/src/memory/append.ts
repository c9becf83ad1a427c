import { type AppendReceipt, type RecordIdentity, RuntapeError, type TapeRecord } from '@runtape/core'
import { identityOf, messageOf } from '@runtape/core/internal'
import { assertRecord, knownFields, sameJson } from '@runtape/core/store-helpers'
import type { Tape } from './tape.ts'

/** Puts the records on the tape that it does not have yet. */
export function appendToTape(tape: Tape, records: readonly TapeRecord[]): AppendReceipt {
  // All of them first: a record that cannot be kept must not leave half a batch behind.
  for (const record of records) assertRecord(record)
  const copies = records.map(asJson)
  const receipt = { accepted: 0, duplicates: 0, conflicting: [] as RecordIdentity[] }
  for (const record of copies) {
    const kept = put(tape, record)
    if (kept === undefined) receipt.accepted++
    else if (sameValue(kept, record)) receipt.duplicates++
    else receipt.conflicting.push(identityOf(record))
  }
  return { ...receipt, conflicts: receipt.conflicting.length }
}

/** Keeps the record, or hands back the one that was there first. */
function put(tape: Tape, record: TapeRecord): TapeRecord | undefined {
  const identity = identityKey(record)
  const first = tape.events.get(identity) ?? tape.spans.get(identity)
  if (first) return first
  if (record.kind === 'span') tape.spans.set(identity, record)
  else tape.events.set(identity, record)
  return undefined
}

/** A run event is its value: a process that resumes a run knows less and comes later. A span is all of it. */
function sameValue(a: TapeRecord, b: TapeRecord): boolean {
  if (a.kind === 'run-event' && b.kind === 'run-event') return sameJson(a.value, b.value)
  return sameJson(a, b)
}

export function identityKey(record: TapeRecord): string {
  const identity = identityOf(record)
  if (identity.kind === 'span') return JSON.stringify(['span', identity.traceId, identity.spanId])
  return JSON.stringify(['run-event', identity.runId, identity.metric, identity.replayTraceId ?? null])
}

/** The record as every other store keeps it, and safe from what the caller does to it later. */
function asJson(record: TapeRecord): TapeRecord {
  try {
    return JSON.parse(JSON.stringify(knownFields(record))) as TapeRecord
  } catch (error) {
    throw new RuntapeError(
      'invalid-record',
      `The record ${identityKey(record)} cannot be written as JSON: ${messageOf(error)}. Nothing of its batch was kept. Leave out what JSON cannot hold.`,
      { cause: error },
    )
  }
}
