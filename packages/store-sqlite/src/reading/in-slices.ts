import { monotonicNow } from '@runtape/core/internal'
import type { Database } from '../database/database.ts'
import { otherWork } from '../database/other-work.ts'

/** Work that pauses wherever other work of the process may run. */
export type Sliced<T> = Generator<undefined, T>

/** How long a slice may take: in a worker so long that the log can be moved in between. */
export interface SliceSize {
  readonly mostMs: number
  /** How often it may pause first. Also without a clock: tests can stop it. */
  readonly mostPauses: number
  /** Segments of runs that are read without a pause. */
  readonly segmentsAtOnce: number
}

export const threadSlice: SliceSize = { mostMs: 1, mostPauses: 32, segmentsAtOnce: 1 }
export const workerSlice: SliceSize = { mostMs: 20, mostPauses: 4096, segmentsAtOnce: 16 }

/**
 * Reads a slice at a time. What a slice reads is of one moment; no transaction is open between two, so that a long read
 * holds up neither the event loop nor the log.
 */
export async function readInSlices<T>(database: Database, work: Sliced<T>, size: SliceSize): Promise<T> {
  for (;;) {
    const { done, value } = database.snapshot(() => runSlice(work, size))
    if (done) return value
    await otherWork()
  }
}

/** As `readInSlices`, for work that reads nothing. */
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
