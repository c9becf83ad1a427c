import type {
  FacetQuery,
  Facets,
  ListedRun,
  Page,
  Revision,
  RunQuery,
  RunRow,
  Store,
  UsageQuery,
} from '@runtape/core/store'
import {
  type Checked,
  type CheckedRunQuery,
  type PastQuery,
  readAsOf,
  readFacetQuery,
  readRunQuery,
  readUsageQuery,
} from '@runtape/core/store-helpers'
import type { Database } from './database/database.ts'
import type { OfReviews } from './filtering/reviewed-runs.ts'
import { catchUpTo, revisionAsOf } from './history/as-of.ts'
import { currentRevision, revisionAt, revisionText, storeRevision } from './history/revisions.ts'
import { decodeCursor } from './listing/cursors.ts'
import { selectFacets } from './listing/facets.ts'
import { pageOfRuns } from './listing/page-of-runs.ts'
import { cursorName } from './listing/plan.ts'
import { type Sliced, threadSlice, workInSlices } from './reading/in-slices.ts'
import { readWhole, type Viewed } from './reading/read-whole.ts'
import type { Reading } from './reading/reading.ts'
import type { Reads } from './reading/reads.ts'
import { RevisionView } from './reading/revision-view.ts'
import { known, runsWithIds } from './records/runs-with-ids.ts'
import { requireUnpruned } from './removal/require-unpruned.ts'
import type { BlockSource } from './rows/blocks.ts'
import { ReadTexts } from './rows/earlier-runs.ts'
import type { RunRows } from './rows/run-rows.ts'
import { rowsOfAnswer, type UsageAnswer } from './usage/usage-answer.ts'
import { selectUsage } from './usage.ts'

/** The `runs` part of the store. */
export function runQueries(database: Database, reads: Reads): Store['runs'] {
  return {
    get: async (runId, options) => {
      const { asOf } = readAsOf('runs.get', options)
      const revision = asOf === undefined ? known : await reads.asOf({ asOf, isWhole: false })
      return runsWithIds(database, [runId], revision)[0]
    },
    // A caller that asked for rows has their type.
    list: async (given?: RunQuery) => reads.runs(readRunQuery(given)) as Promise<Page<ListedRun>>,
    usage: async given => workInSlices(rowsOfAnswer(await reads.usage(readUsageQuery(given))), threadSlice),
    facets: async given => reads.facets(readFacetQuery(given)),
  }
}

export async function readRevision(database: Database, rows: RunRows): Promise<string> {
  // Read first: no span or change of a revision was received after its events.
  const { spanId, changeId } = storeRevision(database)
  await rows.catchUp()
  return revisionText(database, { ...storeRevision(database), spanId, changeId })
}

/** The tables of a bill: one, or two for adjustments. */
export const readUsage = (reading: Reading, query: Checked<UsageQuery> & OfReviews): Promise<UsageAnswer> =>
  readThen(reading, query, usageAt)

export const readFacets = (reading: Reading, query: Checked<FacetQuery>): Promise<Facets> =>
  readThen(reading, query, facetsAt)

export async function listRuns(
  { database, rows, slice }: Reading,
  query: CheckedRunQuery & OfReviews,
): Promise<Page<RunRow>> {
  // Checked before reading: the cursor may belong to another list.
  const cursor = decodeCursor(cursorName(query), query.cursor)
  const now = await revisionAsOf(database, rows, {
    asOf: cursor ? undefined : query.asOf,
    isWhole: false,
  })
  return readWhole(database, slice, () => pageOfRuns(database, new ReadTexts(rows.texts), query, now))
}

async function readThen<Q extends AsOf, T>(
  { database, rows, slice }: Reading,
  query: Q,
  read: (source: BlockSource, query: Q) => Viewed<T>,
): Promise<T> {
  await catchUpTo(rows, query.asOf)
  const { segmentsAtOnce } = slice
  return readWhole(database, slice, () =>
    read({ database, texts: new ReadTexts(rows.texts), segmentsAtOnce }, query),
  )
}

function* facetsAt(source: BlockSource, query: Checked<FacetQuery>): Viewed<Facets> {
  const read = (view: RevisionView) => selectFacets(source, query, view)
  const now = new RevisionView(source.database, currentRevision(source.database))
  const { asOf } = query
  const answer = yield* asOf === undefined ? read(now) : readPast(source.database, { ...query, asOf }, read)
  return { view: now, answer }
}

function* usageAt(source: BlockSource, query: Checked<UsageQuery> & OfReviews): Viewed<UsageAnswer> {
  const read = (view: RevisionView) => selectUsage(source, query, view)
  const now = new RevisionView(source.database, currentRevision(source.database))
  const { asOf } = query
  if (asOf === undefined) return { view: now, answer: { bill: yield* read(now) } }
  const then = yield* readPast(source.database, { ...query, asOf }, read)
  if (!query.adjustments) return { view: now, answer: { bill: then } }
  return { view: now, answer: { bill: yield* read(now), before: then } }
}

interface AsOf {
  readonly asOf?: Revision | number
}

/** @throws {RuntapeError} `period-pruned` */
function* readPast<T>(
  database: Database,
  query: PastQuery & Required<AsOf>,
  read: (view: RevisionView) => Sliced<T>,
): Sliced<T> {
  const revision = revisionAt(database, query.asOf)
  requireUnpruned(database, revision, query)
  const answer = yield* read(new RevisionView(database, revision))
  // Again: the answer lacks runs that were removed meanwhile.
  requireUnpruned(database, revision, query)
  return answer
}
