import type { TapeRecord } from '@runtape/core'
import { unlessBuried as storable, type Tombstone } from '@runtape/core/store-helpers'
import type { Tape } from '../traces/tape.ts'

export function bury(tape: Tape, name: string, tombstone: Tombstone): void {
  const known = tape.tombstones.get(name)
  if (known === undefined || known.until < tombstone.until) tape.tombstones.set(name, tombstone)
}

/** The storable part of the record; `undefined` if it belongs to removed data. */
export function unlessBuried(tape: Tape, record: TapeRecord): TapeRecord | undefined {
  if (tape.tombstones.size === 0) return record
  const book = {
    get: (name: string) => tape.tombstones.get(name),
    bury: (name: string, tombstone: Tombstone) => bury(tape, name, tombstone),
  }
  return storable(book, record)
}
