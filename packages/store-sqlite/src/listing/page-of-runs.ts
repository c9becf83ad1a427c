import type { ListedRun, Page, RunRow } from '@runtape/core/store'
import { type CheckedRunQuery, listedRun } from '@runtape/core/store-helpers'
import type { Database } from '../database/database.ts'
import { matchingRuns } from '../filtering/matching-runs.ts'
import { isNamed, namedRuns } from '../filtering/named-runs.ts'
import type { OfReviews } from '../filtering/reviewed-runs.ts'
import type { Revision } from '../history/revisions.ts'
import type { Sliced } from '../reading/in-slices.ts'
import type { Viewed } from '../reading/read-whole.ts'
import { RevisionView } from '../reading/revision-view.ts'
import { namesOfRows, runsWithIds } from '../records/runs-with-ids.ts'
import type { ReadTexts } from '../rows/earlier-runs.ts'
import type { RunRow as StoredRow } from '../rows/run-row.ts'
import { Candidates } from './candidates.ts'
import { type CursorPlace, pageOfFound } from './cursors.ts'
import { findPlaces } from './find-places.ts'
import { FirstPlaces } from './first-places.ts'
import { isListed, type Place, type Plan, planOf, sortValue } from './plan.ts'
import { rowsOfRuns } from './rows-of-runs.ts'
import { previewOfRun } from './run-previews.ts'

/**
 * A page of `runs.list`. Later pages show the runs as of the first page, so new events do not move any run.
 *
 * @param revision of a first page
 */
export function* pageOfRuns(
  database: Database,
  texts: ReadTexts,
  query: CheckedRunQuery & OfReviews,
  revision: Revision,
): Viewed<Page<RunRow>> {
  const plan = planOf(query, texts, revision)
  const view = new RevisionView(database, plan.revision)
  yield* view.begin()
  const found = yield* placesOf({ database, texts, view, query }, plan)
  const page = pageOfFound(plan, found, cursorPlace)
  const { cursor: _back, ...first } = query
  if (page === undefined) return yield* pageOfRuns(database, texts, first, plan.revision)
  const items =
    query.fields === 'row'
      ? rowsOfRuns({ database, texts }, page.items, plan.revision)
      : itemsOf(database, page.items, plan.revision)
  return { view, answer: { ...page, items: yield* items } }
}

const cursorPlace = ({ value, id }: Place): CursorPlace => ({
  time: Number.isNaN(value) ? null : value,
  id: String(id),
})

interface Listing {
  readonly database: Database
  readonly texts: ReadTexts
  readonly view: RevisionView
  readonly query: CheckedRunQuery & OfReviews
}

/** The places of a list's page, in order, and one more if there is one. */
export function* placesOf({ database, texts, view, query }: Listing, plan: Plan): Sliced<Place[]> {
  const places = new FirstPlaces(plan)
  const candidates = new Candidates(plan, places, matchingRuns(database, query, view.revision))
  const named = namedRuns(query)
  const isWanted = (row: StoredRow) =>
    isListed(plan, row) && (!named || isNamed(database, named, row, view.revision.spanId))
  yield* findPlaces({ database, view, plan, query }, candidates)
  for (const run of view.earlier(texts))
    if (run === undefined) yield
    else if (isWanted(run.row)) candidates.add({ value: sortValue(run.row[plan.sortBy]), id: run.id })
  yield* candidates.settle()
  return places.inOrder()
}

/** Number of runs whose events are read at a time. */
const runsAtOnce = 8

function* itemsOf(database: Database, places: readonly Place[], revision: Revision): Sliced<ListedRun[]> {
  const items: ListedRun[] = []
  for (let from = 0; from < places.length; from += runsAtOnce) {
    const ids = places.slice(from, from + runsAtOnce).map(({ id }) => id)
    for (const run of runsWithIds(database, runIdsOf(database, ids), revision)) {
      items.push(listedRun(run, previewOfRun(database, run, revision)))
    }
    yield
  }
  return items
}

/** The run ids of rows, in the same order. */
export function runIdsOf(database: Database, ids: readonly number[]): string[] {
  const rows = namesOfRows(database, ids)
  const byId = new Map(rows.map(({ id, run_id }) => [id, run_id]))
  return ids.flatMap(id => byId.get(id) ?? [])
}
