import type { AppendReceipt, TapeRecord } from '@runtape/core'
import { monotonicNow, realDelay } from '@runtape/core/internal'
import type { Database } from '../database/database.ts'
import { isBusy } from '../database/errors.ts'
import { otherWork } from '../database/other-work.ts'
import type { Prepared } from './prepared-record.ts'
import { sliceMs } from './slices.ts'
import { Tally, type Writer } from './writer.ts'

/** How long to wait for the lock of another process before the next look. */
const lockWaitMs = 2

/**
 * Writes records without holding the event loop: a transaction of about a millisecond at a time, with room for
 * other work in between and while another process has the lock. All records are checked before the first is written. The
 * slices that were committed stay when the database fails at a later one; appending the same records again then writes
 * the rest.
 */
export async function appendInSlices(
  database: Database,
  writer: Writer,
  records: readonly TapeRecord[],
  busyTimeoutMs: number,
): Promise<AppendReceipt> {
  const tally = new Tally()
  const all = await prepareInSlices(writer, records)
  const steps = writer.steps(all, tally)
  try {
    for (let isFirst = true; !steps.isDone; isFirst = false) {
      if (!isFirst) await otherWork()
      writer.pace.held(await inOwnTransaction(database, busyTimeoutMs, () => writer.runSlice(steps, sliceMs)))
    }
  } catch (error) {
    writer.sweep(all)
    throw error
  }
  return tally.receipt()
}

async function prepareInSlices(writer: Writer, records: readonly TapeRecord[]): Promise<readonly Prepared[]> {
  const all: Prepared[] = []
  let end = monotonicNow() + sliceMs
  for (const record of records) {
    if (monotonicNow() >= end) {
      await otherWork()
      end = monotonicNow() + sliceMs
    }
    all.push(writer.prepare(record))
  }
  return all
}

/**
 * Waits for the lock with timers, where SQLite's own waiting would hold the event loop. Nothing of this process runs
 * while a transaction is open: not even a microtask, which may append too. Returns for how many milliseconds it held the
 * lock.
 */
export async function inOwnTransaction(
  database: Database,
  busyTimeoutMs: number,
  work: () => void,
): Promise<number> {
  const deadline = monotonicNow() + busyTimeoutMs
  // Counted too: tests can stop the clock.
  for (let looks = 0; ; looks++) {
    const isLast = monotonicNow() >= deadline || looks * lockWaitMs >= busyTimeoutMs
    const heldMs = database.attempt(() => {
      if (!begin(database, busyTimeoutMs, isLast)) return undefined
      const since = monotonicNow()
      database.finish(work)
      return monotonicNow() - since
    })
    if (heldMs !== undefined) return heldMs
    await realDelay(lockWaitMs)
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
