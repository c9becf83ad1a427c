import { createHash } from 'node:crypto'
import { raw, type Sql, sql } from './sql.ts'

/** The first key of all advisory locks of Runtape: the letters "Rtap". */
const ours = 0x52_74_61_70

/**
 * Locks of a schema, held until the transaction ends. `append` is shared by all that write: a removal, or a read as of a time,
 * waits for those that hold it at that moment, and blocks none. `retention` is held alone by a process that prunes by itself,
 * `usage` by one that keeps the sums of bills, and `search` by one that adds texts; those that remove texts share it.
 */
export type Lock = 'append' | 'migrate' | 'retention' | 'search' | 'usage'

/** The two keys of a lock. */
export function lockKeys(schema: string, lock: Lock): readonly [number, number] {
  return [ours, createHash('sha256').update(`${lock} ${schema}`).digest().readInt32BE()]
}

/** A statement that takes the lock. */
export function lockStatement(schema: string, lock: Lock, how: 'shared' | 'alone'): string {
  const keys = lockKeys(schema, lock).join(', ')
  return `SELECT pg_advisory_xact_lock${how === 'shared' ? '_shared' : ''}(${keys})`
}

/** The condition that a row of `pg_locks` is a held lock `append`. */
export function isAppendLock(schema: string, alias: string): Sql {
  const [ours, append] = lockKeys(schema, 'append')
  const column = (name: string) => raw(`${alias}.${name}`)
  return sql`${column('locktype')} = 'advisory' AND ${column('granted')}
    AND ${column('database')} = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND ${column('classid')} = (${ours}::bigint & 4294967295)::oid
    AND ${column('objid')} = (${append}::bigint & 4294967295)::oid`
}
