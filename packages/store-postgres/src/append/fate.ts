import type { RecordIdentity, RunEvent, SpanRecord, TapeRecord } from '@runtape/core'
import { identityOf } from '@runtape/core/internal'
import type { AppendReceipt } from '@runtape/core/store'
import { isPossibleTime, sameJson } from '@runtape/core/store-helpers'

/** What became of a record. */
export interface Fate {
  readonly record: TapeRecord
  readonly is: 'accepted' | 'misdated' | 'duplicate' | 'conflict'
  /** The record that was there first. */
  readonly first?: TapeRecord
  readonly receivedAt: number
}

export function fateOf(record: TapeRecord, first: TapeRecord | undefined, receivedAt: number): Fate {
  if (first) return { record, first, is: hasSameValue(first, record) ? 'duplicate' : 'conflict', receivedAt }
  const isMisdated = record.kind === 'run-event' && !record.replay && !isPossibleTime(record.at, receivedAt)
  return { record, is: isMisdated ? 'misdated' : 'accepted', receivedAt }
}

/**
 * A run event equals another by its value: a process that resumes a run knows less and comes later. A span is compared
 * completely.
 */
const hasSameValue = (a: RunEvent | SpanRecord, b: TapeRecord): boolean =>
  a.kind === 'run-event' && b.kind === 'run-event' ? sameJson(a.value, b.value) : sameJson(a, b)

const identitiesOf = (fates: readonly Fate[], is: Fate['is']): RecordIdentity[] =>
  fates.filter(fate => fate.is === is).map(({ record }) => identityOf(record))

export function receiptOf(fates: readonly Fate[]): AppendReceipt {
  const [conflicting, misdated] = [identitiesOf(fates, 'conflict'), identitiesOf(fates, 'misdated')]
  const duplicates = fates.filter(({ is }) => is === 'duplicate').length
  return {
    accepted: fates.length - duplicates - conflicting.length,
    duplicates,
    conflicts: conflicting.length,
    conflicting,
    ...(misdated.length > 0 && { misdated }),
  }
}
