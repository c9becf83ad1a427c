import type { StoreHealth } from '@runtape/core/store'
import { unknownUsageOf } from '@runtape/core/store-helpers'
import type { Database } from '../database/database.ts'
import { currentRevision } from '../history/revisions.ts'
import type { Sliced } from '../reading/in-slices.ts'
import { readWhole, type Viewed } from '../reading/read-whole.ts'
import type { Reading } from '../reading/reading.ts'
import { RevisionView } from '../reading/revision-view.ts'
import type { BlockSource } from '../rows/blocks.ts'
import { ReadTexts } from '../rows/earlier-runs.ts'
import { draftAt } from '../usage/usage-table.ts'
import { selectUsage } from '../usage.ts'
import { keptCounts } from './health-counts.ts'

/** Everything of `health.get` except the options of the store. */
export async function readHealth({ database, rows, slice }: Reading): Promise<StoreHealth> {
  await rows.catchUp()
  const { segmentsAtOnce } = slice
  return readWhole(database, slice, () =>
    health({ database, texts: new ReadTexts(rows.texts), segmentsAtOnce }),
  )
}

function* health(source: BlockSource): Viewed<StoreHealth> {
  const { database } = source
  const view = new RevisionView(database, currentRevision(database))
  const bill = yield* selectUsage(source, { groupBy: ['provider', 'model'] }, view)
  const drafts = Array.from({ length: bill.size }, (_, place) => draftAt(bill, place))
  const oldestAt = oldest(database)
  const answer = {
    counts: keptCounts(database),
    ...unknownUsageOf(drafts),
    runs: drafts.reduce((sum, { runs }) => sum + runs, 0),
    traces: yield* countTraces(database),
    ...(oldestAt !== undefined && { oldestAt }),
    ...bytesOf(database),
  }
  return { view, answer }
}

function oldest(database: Database): number | undefined {
  const times = [
    'SELECT min(first_at) AS at FROM runs INDEXED BY runs_time',
    `SELECT min(started_at) AS at FROM span_rows INDEXED BY spans_root_time
     WHERE parent_span_id IS NULL AND test_run_id IS NULL`,
  ].flatMap(sql => database.get<{ at: number | null }>(sql)?.at ?? [])
  return times.length > 0 ? Math.min(...times) : undefined
}

function bytesOf(database: Database): Pick<StoreHealth, 'bytes'> {
  const [file] = database.all<{ file: string }>("SELECT file FROM pragma_database_list WHERE name = 'main'")
  if (!file?.file) return {}
  const size = database.get<{ bytes: number }>(
    'SELECT page_count * page_size AS bytes FROM pragma_page_count, pragma_page_size',
  )
  return size ? { bytes: size.bytes } : {}
}

/** Number of traces that are counted between two yields. */
const atOnce = 5000

const tracesSql = `SELECT count(*) AS n, max(trace_id) AS last FROM (
  SELECT DISTINCT trace_id FROM span_rows INDEXED BY spans_root
  WHERE parent_span_id IS NULL AND trace_id > ? ORDER BY trace_id LIMIT ${atOnce})`

// A trace is a replay if its first root is one.
const replaysSql = `SELECT count(*) AS replays FROM span_rows AS root
  WHERE root.id IN (SELECT value FROM json_each(?)) AND NOT EXISTS (
    SELECT 1 FROM span_rows AS earlier INDEXED BY spans_root
    WHERE earlier.trace_id = root.trace_id AND earlier.parent_span_id IS NULL
      AND (earlier.started_at, earlier.span_id) < (root.started_at, root.span_id))`

const replayRootsSql = `SELECT test_run_id, started_at, trace_id, id FROM span_rows INDEXED BY spans_root_test_run
  WHERE parent_span_id IS NULL AND test_run_id IS NOT NULL AND (test_run_id, started_at, trace_id, id) > (?, ?, ?, ?)
  ORDER BY test_run_id, started_at, trace_id, id LIMIT ${atOnce / 10}`

interface ReplayRoot {
  readonly test_run_id: string
  readonly started_at: number
  readonly trace_id: string
  readonly id: number
}

/** The number of recorded traces: all that have a root, without replays. */
function* countTraces(database: Database): Sliced<number> {
  return (yield* countRoots(database)) - (yield* countReplays(database))
}

function* countRoots(database: Database): Sliced<number> {
  let [traces, after] = [0, '']
  for (;;) {
    const found = database.get<{ n: number; last: string | null }>(tracesSql, after)
    if (!found?.n) return traces
    traces += found.n
    after = found.last ?? ''
    yield
  }
}

function* countReplays(database: Database): Sliced<number> {
  let [replays, last]: [number, ReplayRoot] = [
    0,
    { test_run_id: '', started_at: -Infinity, trace_id: '', id: 0 },
  ]
  for (;;) {
    const { test_run_id, started_at, trace_id, id } = last
    const roots = database.all<ReplayRoot>(replayRootsSql, test_run_id, started_at, trace_id, id)
    const next = roots.at(-1)
    if (next === undefined) return replays
    const ids = JSON.stringify(roots.map(root => root.id))
    replays += database.get<{ replays: number }>(replaysSql, ids)?.replays ?? 0
    last = next
    yield
  }
}
