import type { TapeRecord } from '@runtape/core'
import { monotonicNow, realDelay } from '@runtape/core/internal'
import type { AppendReceipt } from '@runtape/core/store'
import type { Database } from '../database/database.ts'
import { isBusy } from '../database/errors.ts'
import { otherWork } from '../database/other-work.ts'
import type { Prepared } from './prepared-record.ts'
import { sliceMs } from './slices.ts'
import { Tally, type Writer } from './writer.ts'

/** How long to wait before another attempt to get the lock from another process. */
const lockWaitMs = 2

/**
 * Appends records without blocking the event loop. Each transaction takes about a millisecond; other work runs between
 * two transactions and while another process holds the lock. All records are validated before the first is written. If
 * a later slice fails, the committed slices stay; appending the same records again writes the rest.
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
 * Waits for the lock with timers, because SQLite's own wait blocks the event loop. Nothing else in this process runs
 * while the transaction is open, not even a microtask, which could append too. Returns how many milliseconds the lock
 * was held.
 */
export async function inOwnTransaction(
  database: Database,
  busyTimeoutMs: number,
  work: () => void,
): Promise<number> {
  const deadline = monotonicNow() + busyTimeoutMs
  // Attempts are counted too, because tests can stop the clock.
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
