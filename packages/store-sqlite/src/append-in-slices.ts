import type { AppendReceipt, TapeRecord } from '@runtape/core'
import { monotonicNow, realDelay, realTimers } from '@runtape/core/internal'
import { Tally, type Writer } from './append.ts'
import type { Database } from './database.ts'
import { isBusy } from './errors.ts'

/** How long a slice may write before it commits, so that with its commit it stays below about 2 ms. */
const sliceMs = 1

/**
 * Writes records without holding the event loop: a transaction of about a millisecond at a time, with room for
 * other work in between and while another process has the lock. The slices that were committed stay when a
 * later one fails; appending the same records again then writes the rest.
 */
export async function appendInSlices(
  database: Database,
  writer: Writer,
  records: readonly TapeRecord[],
  busyTimeoutMs: number,
): Promise<AppendReceipt> {
  const tally = new Tally()
  for (let at = 0; at < records.length; ) {
    if (at > 0) await new Promise<void>(resolve => void realTimers.setImmediate(resolve))
    at = await writeNext(database, busyTimeoutMs, () => writeSlice(writer, records, at, tally))
  }
  return tally.receipt()
}

function writeSlice(writer: Writer, records: readonly TapeRecord[], from: number, tally: Tally): number {
  const end = monotonicNow() + sliceMs
  let at = from
  do {
    const record = records[at++]
    if (record) tally.count(record, writer.write(record))
  } while (at < records.length && monotonicNow() < end)
  return at
}

/**
 * Writes a slice in a transaction of its own; waits for the lock with timers, where SQLite's own waiting would hold the
 * event loop. Nothing of this process runs while a transaction is open: not even a microtask, which may append too.
 */
async function writeNext(database: Database, busyTimeoutMs: number, write: () => number): Promise<number> {
  const deadline = monotonicNow() + busyTimeoutMs
  for (;;) {
    const isLast = monotonicNow() >= deadline
    const next = database.attempt(() =>
      begin(database, busyTimeoutMs, isLast) ? database.finish(write) : undefined,
    )
    if (next !== undefined) return next
    await realDelay(2)
  }
}

function begin(database: Database, busyTimeoutMs: number, isLast: boolean): boolean {
  database.exec('PRAGMA busy_timeout = 0')
  try {
    database.exec('BEGIN IMMEDIATE')
    return true
  } catch (error) {
    if (isLast || !isBusy(error)) throw error
    return false
  } finally {
    database.exec(`PRAGMA busy_timeout = ${busyTimeoutMs}`)
  }
}
