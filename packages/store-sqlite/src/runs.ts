import type { Page, Run, RunQuery, Store, UsageQuery, UsageRow } from '@runtape/core'
import { realNow } from '@runtape/core/internal'
import {
  type Checked,
  finishedRow,
  readRunQuery,
  readUsageQuery,
  usageAdjustments,
} from '@runtape/core/store-helpers'
import type { Reads } from './background/reads.ts'
import { Conditions, type Cursor, decodeCursor, encodeCursor } from './conditions.ts'
import type { Database } from './database.ts'
import { requireUnpruned } from './removal/removals.ts'
import { type ChangedRun, ReadTexts, runsAt, viewAt } from './rows/earlier-runs.ts'
import { currentRevision, revisionAt, revisionText } from './rows/revisions.ts'
import type { NumberColumn } from './rows/rows-schema.ts'
import { feedbackCodes, outcomeCodes } from './rows/run-row.ts'
import type { RunRows } from './rows/run-rows.ts'
import { runsWithIds } from './runs-with-ids.ts'
import { selectUsage } from './usage.ts'

interface ListedRow {
  readonly id: number
  readonly run_id: string
  readonly first_at: number
}

/** The `runs` part of the store. */
export function runQueries(database: Database, reads: Reads): Store['runs'] {
  return {
    get: async runId => runsWithIds(database, [runId], Number.MAX_SAFE_INTEGER)[0],
    list: async given => reads.runs(readRunQuery(given)),
    usage: async given => reads.usage(readUsageQuery(given)),
    revision: () => reads.revision(),
  }
}

export async function readRevision(database: Database, rows: RunRows): Promise<string> {
  await rows.catchUp()
  return revisionText(currentRevision(database))
}

export async function readUsage(
  database: Database,
  rows: RunRows,
  query: Checked<UsageQuery>,
): Promise<UsageRow[]> {
  await rows.catchUp()
  if (typeof query.asOf === 'number' && query.asOf <= realNow()) rows.closePast(query.asOf)
  return database.snapshot(() => usageAt(database, new ReadTexts(rows.texts), query))
}

export async function listRuns(
  database: Database,
  rows: RunRows,
  query: Checked<RunQuery>,
): Promise<Page<Run>> {
  const cursor = decodeCursor('runs', query.cursor)
  await rows.catchUp()
  return database.snapshot(() => pageOfRuns(database, rows, query, cursor))
}

function usageAt(database: Database, texts: ReadTexts, query: Checked<UsageQuery>): UsageRow[] {
  const now = () => selectUsage(database, texts, query)
  if (query.asOf === undefined) return now().map(finishedRow)
  const revision = revisionAt(database, query.asOf)
  requireUnpruned(database, revision.eventId, query)
  const view = viewAt(database, texts, revision)
  const then = selectUsage(database, texts, query, view)
  return query.adjustments ? usageAdjustments(then, now(), query.groupBy ?? []) : then.map(finishedRow)
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
