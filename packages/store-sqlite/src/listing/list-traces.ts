import type { SpanStatus } from '@runtape/core'
import type { Page, TraceQuery, TraceSummary } from '@runtape/core/store'
import type { Checked } from '@runtape/core/store-helpers'
import type { Database } from '../database/database.ts'
import { matchingTraces, narrowed, tracesAtOnce } from '../filtering/matching-traces.ts'
import { revisionAsOf } from '../history/as-of.ts'
import { type Revision, writtenRevision } from '../history/revisions.ts'
import { readInSlices, type Sliced, type SliceSize } from '../reading/in-slices.ts'
import type { RunRows } from '../rows/run-rows.ts'
import { type CursorPlace, decodeCursor, isBackwards, type PageRead, pageOfFound } from './cursors.ts'
import { placesWithFeedback } from './feedback-traces.ts'
import {
  type RootPlace,
  type RootQuery,
  type RootsPart,
  rootConditions,
  rootOrder,
  selectRoots,
} from './trace-roots.ts'

interface Reading {
  readonly database: Database
  readonly rows: RunRows
  readonly slice: SliceSize
}

/** A query with the values that its filter names. */
type Narrowed = ReturnType<typeof narrowed>

/** A page of `traces.list`. Later pages show the traces as of the first page. */
export async function listTraces(
  { database, rows, slice }: Reading,
  query: Checked<TraceQuery>,
): Promise<Page<TraceSummary>> {
  const { asOf } = query
  const now =
    asOf === undefined
      ? writtenRevision(database)
      : await revisionAsOf(database, rows, { asOf, isWhole: true })
  return readInSlices(database, pageOfTraces(database, narrowed(query), now), slice)
}

/** Yields after every few hundred roots, however few of them match. */
function* pageOfTraces(database: Database, query: Narrowed, now: Revision): Sliced<Page<TraceSummary>> {
  const cursor = decodeCursor('traces', query.cursor)
  const read: PageRead = {
    name: 'traces',
    limit: query.limit ?? 50,
    cursor,
    revision: cursor?.revision ?? now,
  }
  const found = yield* findRoots(database, query, read)
  const page = pageOfFound(read, found, placeOfRoot)
  if (page) return { ...page, items: page.items.map(summaryOfRow) }
  const { cursor: _back, ...first } = query
  return yield* pageOfTraces(database, first, read.revision)
}

function* findRoots(database: Database, given: Narrowed, read: PageRead): Sliced<RootRow[]> {
  const query: RootQuery = { ...given, revision: read.revision, isAscending: isBackwards(read) }
  const after = read.cursor && { ...read.cursor, isInclusive: read.cursor.step === 'upTo' }
  const found: RootRow[] = []
  const add = (part: RootsPart) => addRoots(database, query, part, { found, most: read.limit + 1 })
  const { feedback } = query
  if (feedback !== undefined && !hasFewTraces(query) && query.testRunId === undefined) {
    const places = yield* placesWithFeedback(database, { ...query, feedback }, after)
    for (let from = 0; from < places.length && found.length <= read.limit; from += placesAtOnce)
      yield* add({ after, traceIds: places.slice(from, from + placesAtOnce).map(({ id }) => id) })
    return found
  }
  let next: RootsPart | undefined = { after }
  while (next && found.length <= read.limit) {
    const until: CursorPlace | undefined = hasFewTraces(query)
      ? undefined
      : lastOfRoots(database, query, next.after)
    yield* add({ after: next.after, until })
    next = until && { after: { ...until, isInclusive: false } }
  }
  return found
}

/** Adds the roots of a part that match, up to `most`. */
function* addRoots(
  database: Database,
  query: RootQuery,
  part: RootsPart,
  { found, most }: { readonly found: RootRow[]; readonly most: number },
): Sliced<void> {
  const isAll = query.where === undefined
  const left = most - found.length
  const roots = selectRoots<RootRow>(database, query, part, isAll ? left : noLimit)
  if (isAll) found.push(...roots)
  else yield* addMatching(database, query, roots, { found, most: left })
  yield
}

/** A negative LIMIT means no limit in SQLite. */
const noLimit = -1

/** Adds the first `most` roots that match the filter. */
function* addMatching(
  database: Database,
  query: RootQuery,
  roots: readonly RootRow[],
  { found, most }: { readonly found: RootRow[]; readonly most: number },
): Sliced<void> {
  const enough = found.length + most
  for (let from = 0; from < roots.length && found.length < enough; from += tracesAtOnce) {
    const matching = yield* matchingTraces(database, roots.slice(from, from + tracesAtOnce), query)
    found.push(...matching.slice(0, enough - found.length))
    yield
  }
}

/** Whether an index finds the traces of the query. */
const hasFewTraces = ({ runId, testRunId, traceId }: RootQuery): boolean =>
  traceId !== undefined || (testRunId === undefined && runId !== undefined)

const [rootsAtOnce, placesAtOnce] = [256, 64]

/** The last of the next `rootsAtOnce` roots that the query reads; `undefined` if there are fewer. */
function lastOfRoots(
  database: Database,
  query: RootQuery,
  after: RootPlace | undefined,
): CursorPlace | undefined {
  const where = rootConditions(query, after)
  const sql = `SELECT root.started_at, root.trace_id FROM span_rows AS root WHERE ${where.sql}
    ${rootOrder(query)} LIMIT 1 OFFSET ${rootsAtOnce - 1}`
  const [last] = database.select<RootRow>(sql, where.params)
  return last && placeOfRoot(last)
}

interface RootRow {
  readonly trace_id: string
  readonly span_id: string
  readonly key: string
  readonly name: string
  readonly started_at: number
  readonly duration_ms: number
  readonly status: SpanStatus
  readonly error_name: string | null
  readonly error_message: string | null
}

const placeOfRoot = (row: RootRow): CursorPlace => ({ time: row.started_at, id: row.trace_id })

function summaryOfRow(row: RootRow): TraceSummary {
  return {
    traceId: row.trace_id,
    spanId: row.span_id,
    key: row.key,
    name: row.name,
    startedAt: row.started_at,
    durationMs: row.duration_ms,
    status: row.status,
  }
}
