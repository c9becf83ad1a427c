import type { TestRun, TestRunItems, TestRunResult, TestRunStart } from '@runtape/core/store'
import { testRunResult } from '@runtape/core/store-helpers'
import type { Database } from '../database/database.ts'
import { everything } from './known-then.ts'
import { verdictsOf } from './verdicts.ts'

export interface TestRunRow {
  readonly id: number
  readonly test_run_id: string
  readonly key: string
  readonly started_at: number
  readonly source_trace_ids_json: string
  readonly code_change_description: string | null
  readonly code_change_files_json: string | null
  readonly experiment_group_id: string | null
  readonly facts_json: string | null
  readonly removed_items: number | null
}

interface EndRow {
  readonly status: 'completed' | 'interrupted'
  readonly at: number | null
  readonly result_json: string | null
}

/** The facts of a test run's start that have no column. */
type Facts = Omit<TestRunStart, 'testRunId' | 'key' | 'sourceTraceIds' | `codeChange${string}`>

/** A test run as known after a change. */
export function testRunOfRow(database: Database, row: TestRunRow, changeId: number): TestRun {
  const ends = database.all<EndRow>(
    'SELECT status, at, result_json FROM test_run_ends WHERE test_run_id = ? AND change_id <= ? ORDER BY id',
    row.test_run_id,
    changeId,
  )
  const last = ends.at(-1)
  return {
    ...startOfRow(row),
    status: last?.status ?? 'running',
    startedAt: row.started_at,
    ...(last && last.at !== null && { completedAt: last.at }),
    items: itemsOf(database, row, changeId),
    ...testRunResult(ends.map(({ result_json }) => JSON.parse(result_json ?? '{}') as TestRunResult)),
    verdicts: verdictsOf(database, row.test_run_id, changeId),
  }
}

export function startOfRow(row: TestRunRow): TestRunStart & { readonly testRunId: string } {
  return {
    testRunId: row.test_run_id,
    key: row.key,
    sourceTraceIds: JSON.parse(row.source_trace_ids_json) as string[],
    ...(row.code_change_description !== null && { codeChangeDescription: row.code_change_description }),
    ...(row.code_change_files_json !== null && {
      codeChangeFiles: JSON.parse(row.code_change_files_json) as NonNullable<TestRun['codeChangeFiles']>,
    }),
    ...(row.experiment_group_id !== null && { experimentGroupId: row.experiment_group_id }),
    ...(row.facts_json !== null && (JSON.parse(row.facts_json) as Facts)),
  }
}

function itemsOf(
  database: Database,
  { test_run_id, removed_items }: TestRunRow,
  changeId: number,
): TestRunItems {
  const items = { recorded: 0, same: 0, changed: 0, unknown: 0, failed: 0 }
  const counts =
    changeId === everything ? countNow(database, test_run_id) : countThen(database, test_run_id, changeId)
  for (const { result, count } of counts) {
    items[result] += count
    items.recorded += count
  }
  return { ...items, ...(removed_items !== null && { removed: removed_items }) }
}

interface Count {
  readonly result: 'same' | 'changed' | 'unknown' | 'failed'
  readonly count: number
}

// SQLite answers this from the index alone.
const countNow = (database: Database, testRunId: string): Count[] =>
  database.all(
    `SELECT coalesce(late_outcome, outcome) AS result, count(*) AS count FROM items
     WHERE test_run_id = ? GROUP BY coalesce(late_outcome, outcome)`,
    testRunId,
  )

const countThen = (database: Database, testRunId: string, changeId: number): Count[] =>
  database.all(
    `SELECT CASE WHEN late_change_id <= ? THEN late_outcome ELSE outcome END AS result, count(*) AS count
     FROM items WHERE test_run_id = ? AND change_id <= ? GROUP BY result`,
    changeId,
    testRunId,
    changeId,
  )
