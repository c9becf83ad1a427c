import { realTimers } from '@runtape/core/internal'
import type { Database } from '../database/database.ts'
import { otherWork } from '../database/other-work.ts'
import { inOwnTransaction } from './append-in-slices.ts'

/**
 * How long to wait after opening. By then a process that was killed between writing the parts and the span has left
 * them.
 */
const afterMs = 2000

/** Index entries read at a time. */
const atOnce = 500

/** The name of a part is a hash in base64, a dot, and the number of the part. */
const isPart = "length(hash) = 48 AND substr(hash, 44, 1) = '.'"

const isUnnamed = `NOT EXISTS (SELECT 1 FROM span_rows WHERE span_rows.trace_id = payloads.trace_id
  AND substr(payloads.hash, 1, 44) IN (input_hash, output_hash, error_hash, metadata_hash))`

interface Entry {
  readonly id: number
  readonly trace_id: string
  readonly hash: string
  readonly is_left: number
}

/**
 * Removes, some time after opening, the payload parts that existed at opening and that no span refers to. If another
 * process is about to write the span of such parts, it writes the parts again. Returns a function that stops the sweep.
 */
export function startSweep(database: Database, busyTimeoutMs: number): () => Promise<void> {
  let [isStopped, running]: [boolean, Promise<unknown>] = [false, Promise.resolve()]
  const newest = newestPart(database)
  const timer = realTimers.setTimeout(() => {
    // Whatever fails is swept after the next start.
    running = sweepParts(database, busyTimeoutMs, newest, () => isStopped).catch(() => {})
  }, afterMs)
  timer.unref()
  return async () => {
    isStopped = true
    realTimers.clearTimeout(timer)
    await running
  }
}

/** The newest part. Later parts belong to spans that are being written. */
function newestPart(database: Database): number {
  try {
    return database.get<{ id: number | null }>('SELECT max(id) AS id FROM payloads')?.id ?? 0
  } catch {
    // The database is damaged: the next read or write reports it.
    return 0
  }
}

async function sweepParts(
  database: Database,
  busyTimeoutMs: number,
  newest: number,
  isStopped: () => boolean,
): Promise<void> {
  for (let after: readonly [string, string] = ['', '']; !isStopped(); await otherWork()) {
    const entries = database.all<Entry>(
      `SELECT id, trace_id, hash, id <= ? AND ${isPart} AND ${isUnnamed} AS is_left FROM payloads
       WHERE (trace_id, hash) > (?, ?) ORDER BY trace_id, hash LIMIT ${atOnce}`,
      newest,
      ...after,
    )
    const last = entries.at(-1)
    if (last === undefined) return
    after = [last.trace_id, last.hash]
    for (const { id, is_left } of entries) if (is_left) await remove(database, busyTimeoutMs, id)
  }
}

/** Removes one part per transaction: overwriting a part takes about as long as writing it. */
async function remove(database: Database, busyTimeoutMs: number, id: number): Promise<void> {
  await inOwnTransaction(database, busyTimeoutMs, () =>
    database.run(`DELETE FROM payloads WHERE id = ? AND ${isUnnamed}`, id),
  )
  await otherWork()
}
