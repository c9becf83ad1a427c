import type { Queries } from './database.ts'
import { type Lock, lockKeys, lockStatement } from './locks.ts'
import { raw, sql } from './sql.ts'

/** Takes a lock in the transaction of the queries. Later statements see what its holders before wrote. */
export const takeLock = (queries: Queries, lock: Lock, how: 'shared' | 'alone'): Promise<number> =>
  queries.run(raw(lockStatement(queries.schema, lock, how)))

/** Takes a lock alone in the transaction of the queries, unless another transaction holds it. */
export async function tryLock(queries: Queries, lock: Lock): Promise<boolean> {
  const keys = raw(lockKeys(queries.schema, lock).join(', '))
  const [row] = await queries.rows<{ is_taken: boolean }>(
    sql`SELECT pg_try_advisory_xact_lock(${keys}) AS is_taken`,
  )
  return row?.is_taken === true
}
