import { type RecordIdentity, RuntapeError, type TapeRecord } from '@runtape/core'
import { identityOf, messageOf, realNow } from '@runtape/core/internal'
import type { AppendReceipt, Change } from '@runtape/core/store'
import {
  assertRecord,
  conflictingValues,
  conflictKey,
  isPossibleTime,
  knownFields,
  misdatedReason,
  sameJson,
  sampleOfRecord,
} from '@runtape/core/store-helpers'
import { identityKey } from './identity-key.ts'
import { arrive, type Tape } from './traces/tape.ts'
import { countRecord } from './upkeep/health.ts'
import { unlessBuried } from './upkeep/tombstones.ts'

/** Adds the records that the tape does not have yet. */
export function appendToTape(tape: Tape, records: readonly TapeRecord[]): AppendReceipt {
  // Checks all records first: a record that cannot be kept must not leave half a batch behind.
  for (const record of records) assertRecord(record)
  const copies = records.map(asJson)
  const receipt = { accepted: 0, duplicates: 0, conflicting: [] as RecordIdentity[] }
  const misdated: RecordIdentity[] = []
  for (const copy of copies) {
    const record = unlessBuried(tape, copy)
    const kept = record && put(tape, record)
    if (record === undefined) receipt.duplicates++
    else if (kept === undefined) {
      receipt.accepted++
      if (!isMisdated(tape, record)) continue
      misdated.push(identityOf(record))
      countRecord(tape, 'misdated', sampleOfRecord(record, { at: realNow(), reason: misdatedReason(record) }))
    } else if (sameValue(kept, record)) {
      receipt.duplicates++
      fillInCost(tape, kept, record)
    } else {
      receipt.conflicting.push(identityOf(record))
      countConflict(tape, kept, record)
    }
  }
  return { ...receipt, conflicts: receipt.conflicting.length, ...(misdated.length > 0 && { misdated }) }
}

function countConflict(tape: Tape, kept: TapeRecord, record: TapeRecord): void {
  const values = conflictingValues(kept, record)
  const key = conflictKey(record, values)
  if (tape.health.conflicts.has(key)) return
  tape.health.conflicts.add(key)
  countRecord(tape, 'conflict', sampleOfRecord(record, { at: realNow(), ...values }))
}

/** Keeps the record, or returns the one that was there first. */
function put(tape: Tape, record: TapeRecord): TapeRecord | undefined {
  const identity = identityKey(record)
  const first = tape.events.get(identity) ?? tape.spans.get(identity)
  if (first) return first
  if (record.kind === 'span') tape.spans.set(identity, record)
  else tape.events.set(identity, record)
  tape.arrivals.set(identity, arrive(tape, changeBy(record)))
  return undefined
}

/** Events of replays change no run. */
function changeBy(record: TapeRecord): Change | undefined {
  if (record.kind === 'span') return { kind: 'trace', id: record.traceId }
  return record.replay ? undefined : { kind: 'run', id: record.runId }
}

/** A live event that counts at its time of receipt, because its own time is impossible. */
function isMisdated(tape: Tape, record: TapeRecord): boolean {
  return record.kind === 'run-event' && !record.replay && !isPossibleTime(record.at, tape.last.at)
}

/** Keeps the cost of a duplicate if the first record had none. */
function fillInCost(tape: Tape, first: TapeRecord, again: TapeRecord): void {
  if (first.kind === 'span' || again.kind === 'span' || first.cost || !again.cost) return
  const identity = identityKey(first)
  if (!tape.prices.has(identity))
    tape.prices.set(identity, { ...arrive(tape, changeBy(first)), cost: again.cost })
}

/**
 * A run event equals another by its value: a process that resumes a run knows less and comes later. A span is compared
 * completely.
 */
function sameValue(a: TapeRecord, b: TapeRecord): boolean {
  if (a.kind === 'run-event' && b.kind === 'run-event') return sameJson(a.value, b.value)
  return sameJson(a, b)
}

/** The record as every other store keeps it, unaffected by later changes of the caller. */
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
