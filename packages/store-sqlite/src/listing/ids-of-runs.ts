import type { RunFilter } from '@runtape/core/store'
import type { Checked } from '@runtape/core/store-helpers'
import type { Database } from '../database/database.ts'
import { matchingRuns } from '../filtering/matching-runs.ts'
import type { Revision } from '../history/revisions.ts'
import type { Sliced } from '../reading/in-slices.ts'
import { RevisionView } from '../reading/revision-view.ts'
import type { ReadTexts } from '../rows/earlier-runs.ts'
import { placesOf, runIdsOf } from './page-of-runs.ts'
import { planOf } from './plan.ts'

interface Known {
  readonly database: Database
  readonly texts: ReadTexts
  readonly revision: Revision
}

/** The ids of all runs of a filter; `undefined` if there are more than `most`, or if columns cannot answer it. */
export function* idsOfRuns(
  { database, texts, revision }: Known,
  filter: Checked<RunFilter>,
  most: number,
): Sliced<readonly string[] | undefined> {
  if (matchingRuns(database, filter, revision)) return undefined
  const plan = planOf({ ...filter, limit: most }, texts, revision)
  const view = new RevisionView(database, plan.revision)
  yield* view.begin()
  const places = yield* placesOf({ database, texts, view, query: filter }, plan)
  if (view.isVoid() || places.length > most) return undefined
  return runIdsOf(
    database,
    places.map(({ id }) => id),
  )
}
