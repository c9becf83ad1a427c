import type { CopiedItem, CopiedTestRun, CopiedVerdict, CopyBatch } from '@runtape/core/internal'
import type { ItemRecord, LateItem, TestRunResult } from '@runtape/core/store'
import type { Database } from '../../database/database.ts'
import { startOfRow, type TestRunRow } from '../../test-runs/test-run-row.ts'

/** How far rows were read that may change later: the last id, and the last change before this copy began. */
interface Place {
  readonly id: number
  readonly change: number
}

const placeAfter = (after: string | undefined): Place =>
  after === undefined ? { id: 0, change: 0 } : (JSON.parse(after) as Place)

/**
 * Batches of rows that may change once. First those that changed since the last copy, then the new ones.
 *
 * @param sql selects rows by a condition, with their `id`, in its order
 */
export function* changingBatches<Kind extends CopyBatch['kind'], Row extends { readonly id: number }, Entry>(
  database: Database,
  kind: Kind,
  { table, changed, after, sql }: { table: string; changed: string; after: string | undefined; sql: string },
  entryOf: (row: Row) => Entry,
): Generator<{ kind: Kind; entries: Entry[]; position: string }> {
  const from = placeAfter(after)
  const newest = database.get<{ id: number | null }>('SELECT max(id) AS id FROM changes')?.id ?? 0
  const select = (condition: string) => sql.replace('$where', condition)
  for (let id = 0; id < from.id; ) {
    const rows = database.all<Row>(
      select(`${table}.id > ? AND ${table}.id <= ? AND ${changed} > ?`),
      id,
      from.id,
      from.change,
    )
    const last = rows.at(-1)
    if (last === undefined) break
    id = last.id
    // The same position: if the copy ends here, it begins here again.
    yield { kind, entries: rows.map(entryOf), position: JSON.stringify(from) }
  }
  for (let { id } = from; ; ) {
    const rows = database.all<Row>(
      select(`${table}.id > ? AND ${table}.id <= ? AND ? IS NOT NULL`),
      id,
      2 ** 52,
      0,
    )
    const last = rows.at(-1)
    id = last?.id ?? id
    const change = last === undefined ? newest : from.change
    yield { kind, entries: rows.map(entryOf), position: JSON.stringify({ id, change }) }
    if (last === undefined) return
  }
}

interface EndRow {
  readonly status: 'completed' | 'interrupted'
  readonly at: number | null
  readonly result_json: string | null
}

/** All test runs, each with its ends. */
export function* testRunBatches(database: Database): Generator<CopyBatch<'test runs'>> {
  for (let id = 0; ; ) {
    const rows = database.all<TestRunRow>('SELECT * FROM test_runs WHERE id > ? ORDER BY id LIMIT 100', id)
    const last = rows.at(-1)
    if (last === undefined) return
    id = last.id
    yield { kind: 'test runs', entries: rows.map(row => testRunOf(database, row)), position: '' }
  }
}

function testRunOf(database: Database, row: TestRunRow): CopiedTestRun {
  const ends = database.all<EndRow>(
    'SELECT status, at, result_json FROM test_run_ends WHERE test_run_id = ? ORDER BY id',
    row.test_run_id,
  )
  return {
    start: startOfRow(row),
    receivedAt: row.started_at,
    removed: row.removed_items ?? 0,
    ends: ends.map(({ status, at, result_json }) => ({
      status,
      receivedAt: at ?? row.started_at,
      result: JSON.parse(result_json ?? '{}') as TestRunResult,
    })),
  }
}

interface ItemRow {
  readonly id: number
  readonly test_run_id: string
  readonly received_at: number | null
  readonly late_received_at: number | null
  readonly item_json: string
  readonly late_json: string | null
}

const itemsSql = `SELECT items.id, test_run_id, item_json, late_json,
    (SELECT received_at FROM changes WHERE changes.id = change_id) AS received_at,
    (SELECT received_at FROM changes WHERE changes.id = late_change_id) AS late_received_at
  FROM items JOIN item_parts ON item_id = items.id WHERE $where ORDER BY items.id LIMIT 50`

export const itemBatches = (database: Database, after: string | undefined): Generator<CopyBatch<'items'>> =>
  changingBatches<'items', ItemRow, CopiedItem>(
    database,
    'items',
    { table: 'items', changed: 'late_change_id', after, sql: itemsSql },
    ({ test_run_id, received_at, late_received_at, item_json, late_json }) => ({
      testRunId: test_run_id,
      item: JSON.parse(item_json) as ItemRecord,
      receivedAt: received_at ?? 0,
      ...(late_json !== null && {
        late: JSON.parse(late_json) as LateItem,
        lateReceivedAt: late_received_at ?? 0,
      }),
    }),
  )

interface VerdictRow {
  readonly id: number
  readonly test_run_id: string
  readonly trace_id: string
  readonly pass: number
  readonly by: string | null
  readonly comment: string | null
  readonly at: number | null
  readonly started_at: number
  readonly withdrawn_change_id: number | null
  readonly withdrawn_at: number | null
  readonly withdrawn_by: string | null
}

const verdictsSql = `SELECT verdict_history.*,
    (SELECT started_at FROM test_runs WHERE test_runs.test_run_id = verdict_history.test_run_id) AS started_at
  FROM verdict_history WHERE $where ORDER BY verdict_history.id LIMIT 500`

export const verdictBatches = (
  database: Database,
  after: string | undefined,
): Generator<CopyBatch<'verdicts'>> =>
  changingBatches<'verdicts', VerdictRow, CopiedVerdict>(
    database,
    'verdicts',
    { table: 'verdict_history', changed: 'withdrawn_change_id', after, sql: verdictsSql },
    row => ({
      testRunId: row.test_run_id,
      verdict: {
        traceId: row.trace_id,
        pass: row.pass === 1,
        ...(row.by !== null && { by: row.by }),
        ...(row.comment !== null && { comment: row.comment }),
      },
      // An older version did not record it.
      receivedAt: row.at ?? row.started_at,
      ...(row.withdrawn_change_id !== null && {
        withdrawn: {
          at: row.withdrawn_at ?? 0,
          ...(row.withdrawn_by !== null && { by: row.withdrawn_by }),
        },
      }),
    }),
  )
