import type { Change, Changes } from '@runtape/core/store'
import { type CheckedChanges, revisionUnknown } from '@runtape/core/store-helpers'
import { knownRevision, revisionAt, revisionText } from './revisions.ts'
import type { Tape } from './traces/tape.ts'

/** The `changes` part of a memory store. */
export function changesOf(tape: Tape, { since, limit, kinds, asOf }: CheckedChanges): Changes {
  const from = typeof since === 'number' ? revisionAt(tape, since) : knownRevision(tape, since)
  if (from === undefined) throw revisionUnknown(since, 'this store')
  const to = Math.max(from, revisionAt(tape, asOf))
  const items = new Map<string, Change>()
  for (const { revision, change } of tape.log) {
    if (revision <= from || revision > to || kinds?.includes(change.kind) === false) continue
    const name = JSON.stringify(change)
    if (items.size === limit && !items.has(name))
      return { items: [...items.values()], revision: revisionText(tape, revision - 1), hasMore: true }
    items.set(name, change)
  }
  return { items: [...items.values()], revision: revisionText(tape, to), hasMore: false }
}
