import type { TapeRecord } from '@runtape/core'
import { RuntapeError } from '@runtape/core'
import { realNow } from '@runtape/core/internal'
import type { Revision } from '@runtape/core/store'
import { identityKey } from './identity-key.ts'
import type { Tape } from './traces/tape.ts'

/** The revision that `asOf` names, or the last one received by a time. Default: the current one. */
export function revisionAt(tape: Tape, asOf: Revision | number | undefined): number {
  if (asOf === undefined) return tape.last.revision
  if (typeof asOf === 'number') {
    // Records appended from now on count as later, even if the clock goes back.
    tape.last = { ...tape.last, at: Math.max(tape.last.at, Math.min(Math.floor(asOf), realNow()) + 1) }
    return tape.received.findLast(({ at }) => at <= asOf)?.revision ?? 0
  }
  const revision = knownRevision(tape, asOf)
  if (revision !== undefined) return revision
  throw new RuntapeError(
    'invalid-option',
    `asOf is not a revision of this store (got "${asOf}"). Pass one that its revision() returned, or a time.`,
  )
}

export const revisionText = (tape: Tape, revision: number): string => `r${revision}-${tape.id}`

/** The revision that a text names, if this store has reached it. */
export function knownRevision(tape: Tape, text: string): number | undefined {
  const [, id, store] = /^r(\d+)-(\w+)$/.exec(text) ?? []
  return store === tape.id && Number(id) <= tape.last.revision ? Number(id) : undefined
}

/** Whether a record had been received at a revision. */
export const isReceived = (tape: Tape, record: TapeRecord, revision: number): boolean =>
  revision >= tape.last.revision || (tape.arrivals.get(identityKey(record))?.revision ?? 0) <= revision
