import type { Page, Run, RunQuery, Store, UsageQuery } from '@runtape/core'
import { realNow } from '@runtape/core/internal'
import { type Checked, readRunQuery, readUsageQuery } from '@runtape/core/store-helpers'
import type { Reads } from './background/reads.ts'
import { Conditions, type Cursor, decodeCursor, encodeCursor } from './conditions.ts'
import type { Database } from './database.ts'
import { type SliceSize, threadSlice, workInSlices } from './reading/in-slices.ts'
import { readWhole, type Viewed } from './reading/read-whole.ts'
import { RevisionView } from './reading/revision-view.ts'
import { requireUnpruned } from './removal/removals.ts'
import { type ChangedRun, ReadTexts, runsAt } from './rows/earlier-runs.ts'
import { currentRevision, revisionAt, revisionText } from './rows/revisions.ts'
import type { NumberColumn } from './rows/rows-schema.ts'
import { feedbackCodes, outcomeCodes } from './rows/run-row.ts'
import type { RunRows } from './rows/run-rows.ts'
import { runsWithIds } from './runs-with-ids.ts'
import { rowsOfAnswer, type UsageAnswer } from './usage/usage-answer.ts'
import { selectUsage, type UsageSource } from './usage.ts'

interface ListedRow {
  readonly id: number
  readonly run_id: string
  readonly first_at: number
}

/** Where runs are read, and how. */
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
    revision: () => reads.revision(),
  }
}

export async function readRevision(database: Database, rows: RunRows): Promise<string> {
  await rows.catchUp()
  return revisionText(currentRevision(database))
}

/** The tables of a bill: one, or for adjustments two. */
export async function readUsage(
  { database, rows, slice }: Reading,
  query: Checked<UsageQuery>,
): Promise<UsageAnswer> {
  await rows.catchUp()
  if (typeof query.asOf === 'number' && query.asOf <= realNow()) rows.closePast(query.asOf)
  const source = { database, segmentsAtOnce: slice.segmentsAtOnce }
  return readWhole(database, slice, () => usageAt(source, new ReadTexts(rows.texts), query))
}

export async function listRuns({ database, rows }: Reading, query: Checked<RunQuery>): Promise<Page<Run>> {
  const cursor = decodeCursor('runs', query.cursor)
  await rows.catchUp()
  return database.snapshot(() => pageOfRuns(database, rows, query, cursor))
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
  // What was removed meanwhile is missing in it.
  requireUnpruned(database, revision.eventId, query)
  if (!query.adjustments) return { view, answer: { bill: then } }
  return { view, answer: { bill: yield* now(), before: then } }
}

function pageOfRuns(
  database: Database,
  { texts }: RunRows,
  query: Checked<RunQuery>,
  cursor: Cursor | undefined,
): Page<Run> {
  const { limit = 50 } = query
  // Later pages show the runs as they were at the first one: an event that comes in between moves none.
  const mark = cursor?.mark ?? currentRevision(database).eventId
  const reading = new ReadTexts(texts)
  const filters = filtersOf(query, reading)
  const now = selectRows(database, query, filters, cursor, mark, limit + 1)
  const then = cursor ? changedRows(database, reading, query, filters, cursor) : []
  const found = [...now, ...then].sort(newestFirst)
  const page = found.slice(0, limit)
  const last = page.at(-1)
  const items = runsWithIds(
    database,
    page.map(row => row.run_id),
    mark,
  )
  if (last === undefined || found.length <= page.length) return { items }
  return { items, nextCursor: encodeCursor('runs', { time: last.first_at, id: String(last.id), mark }) }
}

const newestFirst = (a: ListedRow, b: ListedRow): number => b.first_at - a.first_at || b.id - a.id

type Filter = readonly [column: NumberColumn, value: number]

function filtersOf(query: Checked<RunQuery>, texts: ReadTexts): Filter[] {
  const named = [
    ['config', query.configKey],
    ['variation', query.variationKey],
    ['context_kind', query.contextKind],
    ['context_key', query.contextKey],
  ] as const
  const { outcome, feedback } = query
  return [
    ...named.flatMap(([column, text]) => (text === undefined ? [] : [[column, texts.idOf(text)] as const])),
    ...(outcome === undefined ? [] : [['outcome', outcomeCodes[outcome]] as const]),
    ...(feedback === undefined ? [] : [['feedback', feedbackCodes[feedback]] as const]),
  ]
}

function selectRows(
  database: Database,
  query: Checked<RunQuery>,
  filters: readonly Filter[],
  cursor: Cursor | undefined,
  mark: number,
  limit: number,
): ListedRow[] {
  const where = new Conditions()
    .add('last_id <= ?', mark)
    .addIf('first_at >= ?', query.since)
    .addIf('first_at < ?', query.until)
  for (const [column, value] of filters) where.add(`${column} = ?`, value)
  const index = indexFor(query)
  if (index === 'runs_outcome') where.add('outcome > 1')
  if (cursor) where.add('(first_at, id) < (?, ?)', cursor.time, Number(cursor.id))
  const sql = `SELECT id, run_id, first_at FROM runs INDEXED BY ${index}
    WHERE ${where.sql}
    ORDER BY first_at DESC, id DESC LIMIT ?`
  return database.select(sql, [...where.params, limit])
}

/** The index that finds the fewest rows, in the order of the list. */
function indexFor({ contextKey, feedback, outcome, configKey, variationKey }: Checked<RunQuery>): string {
  if (contextKey !== undefined) return 'runs_context'
  if (feedback !== undefined) return 'runs_feedback'
  if (outcome !== undefined && outcome !== 'success') return 'runs_outcome'
  if (configKey !== undefined) return 'runs_config'
  return variationKey === undefined ? 'runs_time' : 'runs_variation'
}

/** Rows that have changed since the first page, as they were then, as far as they come after the cursor. */
function changedRows(
  database: Database,
  texts: ReadTexts,
  { since = -Infinity, until = Infinity }: Checked<RunQuery>,
  filters: readonly Filter[],
  { time, id, mark }: Cursor,
): ListedRow[] {
  const changed = database.all<ChangedRun>(
    `SELECT id, run_id FROM runs WHERE last_id > ? AND first_id <= ?
       AND run_id IN (SELECT run_id FROM run_events WHERE id > ? AND replay_trace_id = '')`,
    mark,
    mark,
    mark,
  )
  return runsAt(database, texts, changed, { eventId: mark, priceId: 0 })
    .map(({ id, row }) => ({ id, ...row }))
    .filter(row => row.first_at >= since && row.first_at < until)
    .filter(row => row.first_at < time || (row.first_at === time && row.id < Number(id)))
    .filter(row => filters.every(([column, value]) => row[column] === value))
}
