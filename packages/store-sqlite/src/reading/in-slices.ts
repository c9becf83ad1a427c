import { monotonicNow } from '@runtape/core/internal'
import type { Database } from '../database/database.ts'
import { otherWork } from '../database/other-work.ts'

/** Work that yields wherever other work of the process may run. */
export type Sliced<T> = Generator<undefined, T>

/** How long a slice may take. In a worker it is longer, but short enough to move the log between slices. */
export interface SliceSize {
  readonly mostMs: number
  /** How many times the work may yield before a slice ends. Applies even without a clock, because tests can stop it. */
  readonly mostPauses: number
  /** Segments of runs that are read without yielding. */
  readonly segmentsAtOnce: number
}

export const threadSlice: SliceSize = { mostMs: 1, mostPauses: 32, segmentsAtOnce: 1 }
export const workerSlice: SliceSize = { mostMs: 20, mostPauses: 4096, segmentsAtOnce: 16 }

/**
 * Reads one slice at a time. Each slice reads the database as of one moment. No transaction is open between slices, so
 * that a long read blocks neither the event loop nor the log.
 */
export async function readInSlices<T>(database: Database, work: Sliced<T>, size: SliceSize): Promise<T> {
  for (;;) {
    const { done, value } = database.snapshot(() => runSlice(work, size))
    if (done) return value
    await otherWork()
  }
}

/** As `readInSlices`, for work that does not read. */
export async function workInSlices<T>(work: Sliced<T>, size: SliceSize): Promise<T> {
  for (;;) {
    const { done, value } = runSlice(work, size)
    if (done) return value
    await otherWork()
  }
}

function runSlice<T>(work: Sliced<T>, { mostMs, mostPauses }: SliceSize): IteratorResult<undefined, T> {
  const end = monotonicNow() + mostMs
  for (let pauses = 1; ; pauses++) {
    const step = work.next()
    if (step.done || pauses >= mostPauses || monotonicNow() >= end) return step
  }
}
