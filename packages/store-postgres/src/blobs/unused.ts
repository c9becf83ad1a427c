import type { Database, Queries } from '../database/database.ts'
import { sql } from '../database/sql.ts'
import { receivedNow } from '../history/received-now.ts'
import type { Bodies } from './bodies.ts'

/** An upload that began longer ago than this has ended. */
const longestUploadMs = 3_600_000

/** Objects that are deleted in one transaction, and transactions of one sweep. */
const [batchSize, mostBatches] = [20, 500]

/** Gives up the objects of removed traces. Call it in the transaction that deletes their payloads. */
export async function releaseBlobs(queries: Queries, traceIds: readonly string[]): Promise<void> {
  await queries.run(
    sql`UPDATE @blobs SET is_used = false, noted_at = 0, generation = nextval('@ids')
      WHERE trace_id = ANY(${traceIds}::text[]) AND is_used`,
  )
}

/**
 * Deletes objects that no record uses: of removed traces, and of appends that failed after the upload. An object stays
 * listed until it has been deleted.
 *
 * @returns how many are left that could not be deleted
 */
export async function deleteUnusedBlobs(
  database: Database,
  bodies: Bodies | undefined,
  isClosing = () => false,
): Promise<number> {
  for (let batch = 0; bodies && batch < mostBatches && !isClosing(); batch++) {
    // Without the lock of appends: a removal would wait for it as long as the object store takes.
    const { found, failed } = await database.transaction('READ WRITE', queries =>
      deleteBatch(queries, bodies),
    )
    if (failed > 0 || found < batchSize) break
  }
  return unusedBlobs(database)
}

/** How many objects wait to be deleted. */
export async function unusedBlobs(database: Database): Promise<number> {
  const [row] = await database.rows<{ count: number }>(
    sql`SELECT count(*) AS count FROM @blobs WHERE NOT is_used AND noted_at < ${receivedNow} - ${longestUploadMs}::bigint`,
  )
  return row?.count ?? 0
}

/** The rows stay locked meanwhile: an append that needs one of the objects waits, and then uploads it again. */
async function deleteBatch(
  queries: Queries,
  bodies: Bodies,
): Promise<{ readonly found: number; readonly failed: number }> {
  const rows = await queries.rows<{ key: string }>(
    sql`SELECT key FROM @blobs WHERE NOT is_used AND noted_at < ${receivedNow} - ${longestUploadMs}::bigint
      ORDER BY noted_at LIMIT ${batchSize}::bigint FOR UPDATE SKIP LOCKED`,
  )
  const ends = await Promise.allSettled(rows.map(({ key }) => bodies.delete(key)))
  const deleted = rows.filter((_, index) => ends[index]?.status === 'fulfilled').map(({ key }) => key)
  await queries.run(sql`DELETE FROM @blobs WHERE key = ANY(${deleted}::text[])`)
  return { found: rows.length, failed: rows.length - deleted.length }
}
