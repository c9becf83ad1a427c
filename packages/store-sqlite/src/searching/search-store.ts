import { RuntapeError } from '@runtape/core'
import type { Page, SearchHit, SearchHits } from '@runtape/core/store'
import {
  type CheckedSearch,
  excerptOf,
  listedRun,
  needsRun,
  passesFilter,
  runFilterOf,
  type TraceFactsOf,
} from '@runtape/core/store-helpers'
import type { Database } from '../database/database.ts'
import { factsAtOnce, needsOf, noFacts, reviewsOf } from '../filtering/facts-of-traces.ts'
import { revisionAsOf } from '../history/as-of.ts'
import { type Revision, revisionText } from '../history/revisions.ts'
import { type Cursor, decodeCursor, type PageRead, pageOfFound } from '../listing/cursors.ts'
import { idsOfRuns } from '../listing/ids-of-runs.ts'
import { readInSlices, type Sliced } from '../reading/in-slices.ts'
import type { Reading } from '../reading/reading.ts'
import { runsWithIds } from '../records/runs-with-ids.ts'
import { ReadTexts } from '../rows/earlier-runs.ts'
import { type UsableIndex, usableIndex } from '../trigrams/candidates.ts'
import { type SearchState, searchState } from './search-state.ts'
import { TextFiller } from './text-filler.ts'
import { type Shortcuts, type TextRow, textsToRead } from './text-rows.ts'

/** How long a search waits for texts that are not included yet, in milliseconds. */
const catchUpMs = 2000

/** A page of `search`. A store that was opened with `search: true` first adds the texts of new records. */
export async function readSearch(
  { database, rows, slice, fillsSearch, index }: Reading,
  query: CheckedSearch,
): Promise<SearchHits> {
  const cursor = decodeCursor(listName, query.cursor)
  const then = await revisionAsOf(database, rows, {
    asOf: cursor ? undefined : query.asOf,
    isWhole: true,
  })
  if (fillsSearch) await new TextFiller(database).catchUp(catchUpMs)
  const usable = await usableIndex(database, index, query.term)
  const texts = new ReadTexts(rows.texts)
  return readInSlices(database, searchTexts(database, query, { cursor, then, index: usable, texts }), slice)
}

const listName = 'search'

interface SearchRead {
  readonly cursor: Cursor | undefined
  /** The revision of a first page, or an earlier one whose texts are all included. */
  readonly then: Revision
  readonly index: UsableIndex | undefined
  readonly texts: ReadTexts
}

/** If a filter has more runs, all texts are read. */
const mostRuns = 1000

/** A page of `search`, from the texts that are included. All pages are as of what the first one included. */
function* searchTexts(
  database: Database,
  query: CheckedSearch,
  { cursor, then, index, texts }: SearchRead,
): Sliced<SearchHits> {
  const state = searchState(database)
  if (state.is_used === 0) throw notOn(database.name)
  const revision = cursor?.revision ?? includedOf(then, state)
  const read = { name: listName, limit: query.limit, cursor, revision }
  const runIds =
    index || !needsRun(query)
      ? undefined
      : yield* idsOfRuns({ database, texts, revision }, runFilterOf(query), mostRuns)
  const page = yield* pageOfHits(database, query, read, { index, runIds })
  return { ...page, completeTo: revisionText(database, revision) }
}

/** The part of a revision whose texts are included. */
const includedOf = (then: Revision, { event_id, span_id }: SearchState): Revision => ({
  ...then,
  eventId: Math.min(then.eventId, event_id),
  spanId: Math.min(then.spanId, span_id),
})

function* pageOfHits(
  database: Database,
  query: CheckedSearch,
  read: PageRead,
  shortcuts: Shortcuts,
): Sliced<Page<SearchHit>> {
  const found: { readonly hit: SearchHit; readonly id: number }[] = []
  for (const rows of textsToRead(database, query.term, read, shortcuts)) {
    for (const row of rows) {
      const hit = found.length <= read.limit ? hitOf(database, row, query, read.revision) : undefined
      if (hit) found.push({ hit, id: row.id })
    }
    if (found.length > read.limit) break
    yield
  }
  const page = pageOfFound(read, found, ({ hit, id }) => ({ time: hit.at, id: String(id) }))
  if (page) return { ...page, items: page.items.map(({ hit }) => hit) }
  return yield* pageOfHits(database, query, { ...read, cursor: undefined }, shortcuts)
}

function hitOf(
  database: Database,
  row: TextRow,
  query: CheckedSearch,
  revision: Revision,
): SearchHit | undefined {
  if (!isReceived(row, revision) || !(row.folded ?? row.text).includes(query.term)) return undefined
  const own = runsOf(database, row, revision)
  const passes =
    own.length === 0
      ? isBetween(row.at, query) && !needsRun(query)
      : own.some(run => passesFilter(run, query, traceOf(database, query, revision)))
  const found = passes ? excerptOf(row.text, query.term) : undefined
  if (found === undefined) return undefined
  const runId = row.run_id ?? (own.length === 1 ? own[0]?.runId : undefined)
  return {
    in: row.place,
    ...(runId !== undefined && { runId }),
    ...(row.trace_id !== null && { traceId: row.trace_id }),
    at: row.at,
    ...found,
  }
}

const isReceived = ({ source, source_id }: TextRow, { eventId, spanId }: Revision): boolean =>
  source_id <= (source === 'event' ? eventId : spanId)

/** The run of the text, or all runs of its trace. */
function runsOf(database: Database, { run_id, trace_id }: TextRow, revision: Revision) {
  const { eventId, spanId } = revision
  const ids =
    run_id === null
      ? database
          .all<{ run_id: string }>(runsOfTraceSql, trace_id, eventId, trace_id, spanId)
          .map(row => row.run_id)
      : [run_id]
  const runs = runsWithIds(database, ids, revision).map(run => listedRun(run))
  return run_id === null ? runs.filter(run => run.traceId === trace_id) : runs
}

/** Reads the facts that the filter needs of the trace of a run. */
const traceOf =
  (database: Database, { where = [] }: CheckedSearch, { spanId }: Revision): TraceFactsOf =>
  run => {
    const needs = needsOf(where)
    const traceIds = run.traceId === undefined ? [] : [run.traceId]
    const facts = factsAtOnce(database, traceIds, needs, spanId)
    const isReviewed = reviewsOf(database, [run], needs)(run)
    return { ...(facts.get(run.traceId ?? '') ?? noFacts), isReviewed }
  }

const runsOfTraceSql = `SELECT run_id FROM run_events WHERE trace_id = ? AND replay_trace_id = '' AND id <= ?
  UNION SELECT run_id FROM span_rows WHERE trace_id = ? AND run_id IS NOT NULL AND id <= ?`

const isBetween = (at: number, { since = -Infinity, until = Infinity }: CheckedSearch): boolean =>
  at >= since && at < until

const notOn = (name: string): RuntapeError =>
  new RuntapeError(
    'invalid-option',
    `${name} has no texts to search: it was never opened with search. Open it with sqliteStore(path, { search: true }).`,
  )
