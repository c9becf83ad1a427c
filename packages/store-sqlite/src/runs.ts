import type { FacetQuery, Facets, ListedRun, Page, RunQuery, Store, UsageQuery } from '@runtape/core'
import { realNow } from '@runtape/core/internal'
import { type Checked, readFacetQuery, readRunQuery, readUsageQuery } from '@runtape/core/store-helpers'
import { decodeCursor } from './database/conditions.ts'
import type { Database } from './database/database.ts'
import { type FacetSource, selectFacets } from './listing/facets.ts'
import { pageOfRuns } from './listing/page-of-runs.ts'
import { cursorName } from './listing/plan.ts'
import { type SliceSize, threadSlice, workInSlices } from './reading/in-slices.ts'
import { readWhole, type Viewed } from './reading/read-whole.ts'
import type { Reads } from './reading/reads.ts'
import { RevisionView } from './reading/revision-view.ts'
import { runsWithIds } from './records/runs-with-ids.ts'
import { requireUnpruned } from './removal/removals.ts'
import { ReadTexts } from './rows/earlier-runs.ts'
import { currentRevision, revisionAt, revisionText } from './rows/revisions.ts'
import type { RunRows } from './rows/run-rows.ts'
import { rowsOfAnswer, type UsageAnswer } from './usage/usage-answer.ts'
import { selectUsage, type UsageSource } from './usage.ts'

/** Where and how runs are read. */
export interface Reading {
  readonly database: Database
  readonly rows: RunRows
  readonly slice: SliceSize
}

/** The `runs` part of the store. */
export function runQueries(database: Database, reads: Reads): Store['runs'] {
  return {
    get: async runId => runsWithIds(database, [runId], Number.MAX_SAFE_INTEGER)[0],
    list: async given => reads.runs(readRunQuery(given)),
    usage: async given => workInSlices(rowsOfAnswer(await reads.usage(readUsageQuery(given))), threadSlice),
    facets: async given => reads.facets(readFacetQuery(given)),
    revision: () => reads.revision(),
  }
}

export async function readRevision(database: Database, rows: RunRows): Promise<string> {
  await rows.catchUp()
  return revisionText(currentRevision(database))
}

/** The tables of a bill: one, or two for adjustments. */
export async function readUsage(
  { database, rows, slice }: Reading,
  query: Checked<UsageQuery>,
): Promise<UsageAnswer> {
  await rows.catchUp()
  closePast(rows, query)
  const source = { database, segmentsAtOnce: slice.segmentsAtOnce }
  return readWhole(database, slice, () => usageAt(source, new ReadTexts(rows.texts), query))
}

export async function listRuns(
  { database, rows, slice }: Reading,
  query: Checked<RunQuery>,
): Promise<Page<ListedRun>> {
  // Checked before reading: the cursor may belong to another list.
  decodeCursor(cursorName(query), query.cursor)
  await rows.catchUp()
  return readWhole(database, slice, () => pageOfRuns(database, new ReadTexts(rows.texts), query))
}

export async function readFacets(
  { database, rows, slice }: Reading,
  query: Checked<FacetQuery>,
): Promise<Facets> {
  await rows.catchUp()
  closePast(rows, query)
  const { segmentsAtOnce } = slice
  return readWhole(database, slice, () =>
    facetsAt({ database, texts: new ReadTexts(rows.texts), segmentsAtOnce }, query),
  )
}

function* facetsAt(source: FacetSource, query: Checked<FacetQuery>): Viewed<Facets> {
  const { database } = source
  const now = currentRevision(database)
  if (query.asOf === undefined) {
    const view = new RevisionView(database, now)
    return { view, answer: yield* selectFacets(source, query, view) }
  }
  const revision = revisionAt(database, query.asOf)
  requireUnpruned(database, revision.eventId, query, query.field)
  const view = new RevisionView(database, revision)
  const answer = yield* selectFacets(source, query, view)
  requireUnpruned(database, revision.eventId, query, query.field)
  return { view, answer }
}

/** Asking for a time in the past closes it: nothing is added to it later, whatever the clock says. */
function closePast(rows: RunRows, { asOf }: { readonly asOf?: string | number }): void {
  if (typeof asOf === 'number' && asOf <= realNow()) rows.closePast(asOf)
}

function* usageAt(
  { database, segmentsAtOnce }: Omit<UsageSource, 'texts'>,
  texts: ReadTexts,
  query: Checked<UsageQuery>,
): Viewed<UsageAnswer> {
  const source = { database, texts, segmentsAtOnce }
  const view = new RevisionView(database, currentRevision(database))
  const now = () => selectUsage(source, query, view)
  if (query.asOf === undefined) return { view, answer: { bill: yield* now() } }
  const revision = revisionAt(database, query.asOf)
  requireUnpruned(database, revision.eventId, query)
  const then = yield* selectUsage(source, query, new RevisionView(database, revision))
  // Again: the bill lacks runs that were removed meanwhile.
  requireUnpruned(database, revision.eventId, query)
  if (!query.adjustments) return { view, answer: { bill: then } }
  return { view, answer: { bill: yield* now(), before: then } }
}
