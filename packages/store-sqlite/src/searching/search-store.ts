import { RuntapeError } from '@runtape/core'
import type { SearchHit, SearchHits } from '@runtape/core/store'
import {
  type CheckedSearch,
  excerptOf,
  listedRun,
  needsRun,
  passesFilter,
  type TraceFactsOf,
} from '@runtape/core/store-helpers'
import { decodeCursor, encodeCursor } from '../database/conditions.ts'
import type { Database } from '../database/database.ts'
import { factsOfTraces, needsOf, noFacts, reviewsOf } from '../filtering/facts-of-traces.ts'
import { revisionText, storeRevision } from '../history/revisions.ts'
import { readInSlices, type Sliced } from '../reading/in-slices.ts'
import type { Reading } from '../reading/reading.ts'
import { known, runsWithIds } from '../records/runs-with-ids.ts'
import { type UsableIndex, usableIndex } from '../trigrams/candidates.ts'
import { type SearchState, searchState } from './search-state.ts'
import { TextFiller } from './text-filler.ts'
import { type TextRow, textsToRead } from './text-rows.ts'

/** How long a search waits for texts that are not included yet, in milliseconds. */
const catchUpMs = 2000

/** A page of `search`. A store that was opened with `search: true` first adds the texts of new records. */
export async function readSearch(
  { database, rows, slice, fillsSearch, index }: Reading,
  query: CheckedSearch,
): Promise<SearchHits> {
  decodeCursor('search', query.cursor)
  await rows.catchUp()
  if (fillsSearch) await new TextFiller(database).catchUp(catchUpMs)
  const usable = await usableIndex(database, index, query.term)
  return readInSlices(database, searchTexts(database, query, usable), slice)
}

/** A page of `search`, from the texts that are included. */
function* searchTexts(
  database: Database,
  query: CheckedSearch,
  index: UsableIndex | undefined,
): Sliced<SearchHits> {
  const state = searchState(database)
  if (state.is_used === 0) throw notOn(database.name)
  const completeTo = completeRevision(database, state)
  const hits: { readonly hit: SearchHit; readonly id: number }[] = []
  for (const rows of textsToRead(database, query, index)) {
    for (const row of rows) {
      const hit = hitOf(database, row, query)
      if (hit && hits.length <= query.limit) hits.push({ hit, id: row.id })
    }
    if (hits.length > query.limit) break
    yield
  }
  const page = hits.slice(0, query.limit)
  const last = page.at(-1)
  const items = page.map(({ hit }) => hit)
  if (last === undefined || hits.length === page.length) return { items, completeTo }
  const nextCursor = encodeCursor('search', { time: last.hit.at, id: String(last.id), mark: 0 })
  return { items, nextCursor, completeTo }
}

function hitOf(database: Database, row: TextRow, query: CheckedSearch): SearchHit | undefined {
  if (!(row.folded ?? row.text).includes(query.term)) return undefined
  const own = runsOf(database, row)
  const passes =
    own.length === 0
      ? isBetween(row.at, query) && !needsRun(query)
      : own.some(run => passesFilter(run, query, traceOf(database, query)))
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

/** The run of the text, or all runs of its trace. */
function runsOf(database: Database, { run_id, trace_id }: TextRow) {
  const ids =
    run_id === null
      ? database.all<{ run_id: string }>(runsOfTraceSql, trace_id, trace_id).map(row => row.run_id)
      : [run_id]
  const runs = runsWithIds(database, ids, known).map(run => listedRun(run))
  return run_id === null ? runs.filter(run => run.traceId === trace_id) : runs
}

/** Reads the facts that the filter needs of the trace of a run. */
const traceOf =
  (database: Database, { where = [] }: CheckedSearch): TraceFactsOf =>
  run => {
    const needs = needsOf(where)
    const traceIds = run.traceId === undefined ? [] : [run.traceId]
    const facts = factsOfTraces(database, traceIds, needs, known.spanId)
    const isReviewed = reviewsOf(database, [run], needs)(run)
    return { ...(facts.get(run.traceId ?? '') ?? noFacts), isReviewed }
  }

const runsOfTraceSql = `SELECT run_id FROM run_events WHERE trace_id = ? AND replay_trace_id = ''
  UNION SELECT run_id FROM span_rows WHERE trace_id = ? AND run_id IS NOT NULL`

const isBetween = (at: number, { since = -Infinity, until = Infinity }: CheckedSearch): boolean =>
  at >= since && at < until

function completeRevision(database: Database, state: SearchState): string {
  const now = storeRevision(database)
  const eventId = Math.min(now.eventId, state.event_id)
  return revisionText(database, { ...now, eventId, spanId: Math.min(now.spanId, state.span_id) })
}

const notOn = (name: string): RuntapeError =>
  new RuntapeError(
    'invalid-option',
    `${name} has no texts to search: it was never opened with search. Open it with sqliteStore(path, { search: true }).`,
  )
