import type { Database } from '../database/database.ts'
import { readInSlices, type Sliced, type SliceSize } from './in-slices.ts'
import type { RevisionView } from './revision-view.ts'

/** An answer, and the view through which it was read. */
export type Viewed<T> = Sliced<{ readonly answer: T; readonly view: RevisionView }>

const mostReads = 4

/** Reads in slices. Retries if removals changed row numbers meanwhile; after a few attempts it reads in one slice. */
export async function readWhole<T>(database: Database, slice: SliceSize, read: () => Viewed<T>): Promise<T> {
  for (let reads = 1; ; reads++) {
    const size = reads < mostReads ? slice : inOne
    const { answer, isVoid } = await readInSlices(database, checked(read()), size)
    if (!isVoid || size === inOne) return answer
  }
}

function* checked<T>(read: Viewed<T>): Sliced<{ readonly answer: T; readonly isVoid: boolean }> {
  const { answer, view } = yield* read
  return { answer, isVoid: view.isVoid() }
}

const inOne: SliceSize = {
  mostMs: Number.POSITIVE_INFINITY,
  mostPauses: Number.POSITIVE_INFINITY,
  segmentsAtOnce: 1,
}
