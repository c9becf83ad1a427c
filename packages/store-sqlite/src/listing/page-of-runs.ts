import type { ListedRun, Page, RunQuery } from '@runtape/core'
import { type Checked, listedRun } from '@runtape/core/store-helpers'
import { encodeCursor } from '../database/conditions.ts'
import type { Database } from '../database/database.ts'
import { matchingRuns } from '../filtering/matching-runs.ts'
import { isNamed, namedRuns } from '../filtering/named-runs.ts'
import { currentRevision } from '../history/revisions.ts'
import type { Sliced } from '../reading/in-slices.ts'
import type { Viewed } from '../reading/read-whole.ts'
import { RevisionView } from '../reading/revision-view.ts'
import { runsWithIds } from '../records/runs-with-ids.ts'
import type { ReadTexts } from '../rows/earlier-runs.ts'
import type { RunRow } from '../rows/run-row.ts'
import { Candidates } from './candidates.ts'
import { findPlaces } from './find-places.ts'
import { FirstPlaces } from './first-places.ts'
import { isListed, type Place, planOf, sortValue } from './plan.ts'
import { previewOfRun } from './run-previews.ts'

/** A page of `runs.list`. Later pages show the runs as of the first page, so new events do not move any run. */
export function* pageOfRuns(
  database: Database,
  texts: ReadTexts,
  query: Checked<RunQuery>,
): Viewed<Page<ListedRun>> {
  const plan = planOf(query, texts)
  const now = currentRevision(database)
  const { cursor, limit } = plan
  const view = new RevisionView(database, {
    eventId: cursor?.mark ?? now.eventId,
    priceId: cursor?.price ?? now.priceId,
  })
  yield* view.begin()
  const places = new FirstPlaces(plan)
  const candidates = new Candidates(plan, places, matchingRuns(database, query, view.revision.eventId))
  const named = namedRuns(query)
  const isWanted = (row: RunRow) => isListed(plan, row) && (!named || isNamed(database, named, row))
  yield* findPlaces({ database, view, plan, query }, candidates)
  for (const run of view.earlier(texts))
    if (run === undefined) yield
    else if (isWanted(run.row)) candidates.add({ value: sortValue(run.row[plan.sortBy]), id: run.id })
  yield* candidates.settle()
  const found = places.inOrder()
  const page = found.slice(0, limit)
  const items = yield* itemsOf(database, page, view.revision.eventId)
  const last = page.at(-1)
  if (last === undefined || found.length <= page.length) return { view, answer: { items } }
  const { eventId: mark, priceId: price } = view.revision
  const time = Number.isNaN(last.value) ? null : last.value
  return {
    view,
    answer: { items, nextCursor: encodeCursor(plan.name, { time, id: String(last.id), mark, price }) },
  }
}

/** Number of runs whose events are read at a time. */
const runsAtOnce = 8

function* itemsOf(database: Database, places: readonly Place[], mark: number): Sliced<ListedRun[]> {
  const items: ListedRun[] = []
  for (let from = 0; from < places.length; from += runsAtOnce) {
    const ids = places.slice(from, from + runsAtOnce).map(({ id }) => id)
    for (const run of runsWithIds(database, runIdsOf(database, ids), mark)) {
      items.push(listedRun(run, previewOfRun(database, run)))
    }
    yield
  }
  return items
}

function runIdsOf(database: Database, ids: readonly number[]): string[] {
  const rows = database.all<{ id: number; run_id: string }>(
    'SELECT id, run_id FROM runs WHERE id IN (SELECT value FROM json_each(?))',
    JSON.stringify(ids),
  )
  const byId = new Map(rows.map(({ id, run_id }) => [id, run_id]))
  return ids.flatMap(id => byId.get(id) ?? [])
}
