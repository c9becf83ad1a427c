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

/** Number of roots that are counted between two yields. */
const atOnce = 5000

const lastAtSql = `SELECT max(started_at) AS at FROM (
  SELECT started_at FROM span_rows INDEXED BY spans_root_time
  WHERE parent_span_id IS NULL AND test_run_id IS NULL AND started_at > ? ORDER BY started_at LIMIT ${atOnce})`

const countSql = `SELECT count(*) AS roots FROM span_rows INDEXED BY spans_root_time
  WHERE parent_span_id IS NULL AND test_run_id IS NULL AND started_at > ? AND started_at <= ?`

/** The number of recorded traces. Counts roots, because a trace has one. */
function* countTraces(database: Database): Sliced<number> {
  let traces = 0
  for (let after = -Infinity; ; ) {
    const at = database.get<{ at: number | null }>(lastAtSql, after)?.at ?? undefined
    if (at === undefined) return traces
    traces += database.get<{ roots: number }>(countSql, after, at)?.roots ?? 0
    after = at
    yield
  }
}
