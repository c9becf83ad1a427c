import { createHash } from 'node:crypto'

/** The first key of all advisory locks of Runtape: the letters "Rtap". */
const ours = 0x52_74_61_70

/**
 * Locks of a schema, held until the transaction ends. `append` is shared by those that add records; an erasure takes it
 * alone, so that no record is added that it did not see.
 */
export type Lock = 'append' | 'migrate'

/** The two keys of a lock. */
export function lockKeys(schema: string, lock: Lock): readonly [number, number] {
  return [ours, createHash('sha256').update(`${lock} ${schema}`).digest().readInt32BE()]
}

/** A statement that takes the lock. */
export function lockStatement(schema: string, lock: Lock, how: 'shared' | 'alone'): string {
  const keys = lockKeys(schema, lock).join(', ')
  return `SELECT pg_advisory_xact_lock${how === 'shared' ? '_shared' : ''}(${keys})`
}
