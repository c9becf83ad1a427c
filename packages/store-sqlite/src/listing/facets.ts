import type { FacetQuery, Facets, FacetValue } from '@runtape/core/store'
import {
  type Checked,
  compareFacets,
  decodeText,
  type FacetText,
  facetsOf,
  facetTexts,
} from '@runtape/core/store-helpers'
import { matchingRuns } from '../filtering/matching-runs.ts'
import { namedRuns } from '../filtering/named-runs.ts'
import type { Filter } from '../filtering/packed-filters.ts'
import { filtersOf, runsOfBlock } from '../filtering/run-filters.ts'
import type { Sliced } from '../reading/in-slices.ts'
import type { RevisionView } from '../reading/revision-view.ts'
import { sortInSlices } from '../reading/sort-in-slices.ts'
import { type Block, type BlockSource, readBlocks } from '../rows/blocks.ts'
import type { NumberColumn } from '../rows/rows-schema.ts'
import { feedbackCodes, outcomeCodes } from '../rows/run-row.ts'
import { textColumns } from '../usage/coders.ts'

/** Counts of the values of a field, as of a revision. */
export function* selectFacets(
  source: BlockSource,
  query: Checked<FacetQuery>,
  view: RevisionView,
): Sliced<Facets> {
  const counts =
    query.field === 'error' || query.field === 'comment'
      ? yield* countTexts(source, query, view, facetTexts[query.field])
      : yield* countColumn(source, query, view, columns[query.field])
  const values = Array.from(counts, ([value, runs]): FacetValue => ({ value, runs }))
  return facetsOf(yield* sortInSlices(values, compareFacets), query.limit)
}

type Counts = Map<string, number>

const add = (counts: Counts, value: string | undefined, runs = 1): void => {
  if (value) counts.set(value, (counts.get(value) ?? 0) + runs)
}

const columns = { ...textColumns, version: 'version' } as const

function* countColumn(
  source: BlockSource,
  query: Checked<FacetQuery>,
  view: RevisionView,
  column: NumberColumn,
): Sliced<Counts> {
  const codes = new Map<number, number>()
  const take = (block: Block, place: number) => {
    const code = block.column(column)[place] as number
    codes.set(code, (codes.get(code) ?? 0) + 1)
  }
  yield* eachRun(source, query, view, { columns: [column], filters: [], take })
  const counts: Counts = new Map()
  let seen = 0
  for (const [code, runs] of codes) {
    if (!Number.isNaN(code))
      add(counts, column === 'version' ? String(code) : source.texts.textOf(code), runs)
    if (++seen % 256 === 0) yield
  }
  return counts
}

/** Filters on the row of a run, for runs that may have such a text. */
const textFilters: Readonly<Record<FacetText['metric'], Filter>> = {
  outcome: { column: 'outcome', between: [outcomeCodes.error, outcomeCodes.error] },
  feedback: { column: 'feedback', between: [feedbackCodes.positive, feedbackCodes.negative] },
}

/** Number of runs whose texts are read at a time. */
const runsAtOnce = 64

function* countTexts(
  source: BlockSource,
  query: Checked<FacetQuery>,
  view: RevisionView,
  { metric, textOf }: FacetText,
): Sliced<Counts> {
  const ids: number[] = []
  const take = (block: Block, place: number) => void ids.push(block.idAt(place))
  yield* eachRun(source, query, view, { columns: [], filters: [textFilters[metric]], take })
  const counts: Counts = new Map()
  for (let from = 0; from < ids.length; from += runsAtOnce) {
    const rows = source.database.all<{ value_json: string }>(
      `SELECT event.value_json FROM runs JOIN run_events AS event ON event.run_id = runs.run_id
       WHERE runs.id IN (SELECT value FROM json_each(?)) AND event.metric = ? AND event.replay_trace_id = ''
         AND event.id <= ?`,
      JSON.stringify(ids.slice(from, from + runsAtOnce)),
      metric,
      view.revision.eventId,
    )
    for (const { value_json } of rows) add(counts, textOf(JSON.parse(decodeText(value_json))))
    yield
  }
  return counts
}

interface Wanted {
  readonly columns: readonly NumberColumn[]
  readonly filters: readonly Filter[]
  take(block: Block, place: number): void
}

/** Calls `take` for each run that passes the query and the filters. */
function* eachRun(
  source: BlockSource,
  query: Checked<FacetQuery>,
  view: RevisionView,
  wanted: Wanted,
): Sliced<void> {
  const { since, until } = query
  const others = matchingRuns(source.database, query, view.revision)
  const filters = [...wanted.filters, ...filtersOf(query, source.texts)]
  const columns = [...wanted.columns, ...filters.map(({ column }) => column)]
  for (const block of readBlocks(source, view, { columns, since, until, named: namedRuns(query) })) {
    if (block === undefined) yield
    else {
      const marks = runsOfBlock(block, query, filters)
      // Another read may use the same marks during a pause.
      const isWanted = others ? marks.slice(0, block.size) : marks
      if (others) yield* others.keepIn(block, isWanted)
      for (let place = 0; place < block.size; place++) if (isWanted[place] === 1) wanted.take(block, place)
    }
  }
}
