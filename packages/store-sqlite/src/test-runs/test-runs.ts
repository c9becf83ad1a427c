import { newRunId, realNow } from '@runtape/core/internal'
import type { Page, Store, TestRun, TestRunResult, TestRunStart } from '@runtape/core/store'
import { readAsOf, readTestRunEnd, readTestRunQuery, readTestRunStart } from '@runtape/core/store-helpers'
import { Conditions } from '../database/conditions.ts'
import type { Database } from '../database/database.ts'
import { nextChange } from '../history/next-change.ts'
import { decodeCursor, fromCursor, type ListOrder, type PageRead, pageOfRows } from '../listing/cursors.ts'
import { itemQueries } from './items.ts'
import { requireTestRun } from './known-test-run.ts'
import { changeAt, revisionThen } from './known-then.ts'
import { type TestRunRow, testRunOfRow } from './test-run-row.ts'
import { verdictQueries } from './verdicts.ts'

/** The `testRuns` part of the store. */
export function testRunQueries(database: Database): Store['testRuns'] {
  return {
    start: async start => {
      const { testRunId = newRunId() } = readTestRunStart(start)
      database.transaction(() => insertTestRun(database, testRunId, start))
      return { testRunId }
    },
    complete: async (testRunId, status = 'completed', result = {}) => {
      const end = readTestRunEnd(status)
      database.transaction(() => insertEnd(database, testRunId, end, result))
      return completion(database, testRunId)
    },
    get: async (testRunId, options) => {
      const { asOf } = readAsOf('testRuns.get', options)
      const changeId = changeAt(database, asOf)
      const row = database.get<TestRunRow>(
        'SELECT * FROM test_runs WHERE test_run_id = ? AND coalesce(change_id, 0) <= ?',
        testRunId,
        changeId,
      )
      return row && testRunOfRow(database, row, changeId)
    },
    list: async query => listTestRuns(database, query),
    ...itemQueries(database),
    ...verdictQueries(database),
  }
}

export function insertTestRun(database: Database, testRunId: string, start: TestRunStart): void {
  if (database.get('SELECT 1 FROM test_runs WHERE test_run_id = ?', testRunId) !== undefined) return
  const { key, sourceTraceIds, codeChangeDescription, codeChangeFiles, experimentGroupId, ...rest } = start
  const { testRunId: _, ...facts } = rest
  database.run(
    `INSERT INTO test_runs (
       test_run_id, key, status, started_at, source_trace_ids_json, code_change_description,
       code_change_files_json, experiment_group_id, facts_json, change_id
     ) VALUES (?, ?, 'running', ?, ?, ?, ?, ?, ?, ?)`,
    testRunId,
    key,
    realNow(),
    JSON.stringify(sourceTraceIds),
    codeChangeDescription ?? null,
    codeChangeFiles ? JSON.stringify(codeChangeFiles) : null,
    experimentGroupId ?? null,
    Object.keys(facts).length > 0 ? JSON.stringify(facts) : null,
    nextChange(database, { kind: 'test-run', id: testRunId }),
  )
}

function insertEnd(
  database: Database,
  testRunId: string,
  status: 'completed' | 'interrupted',
  result: TestRunResult,
): void {
  requireTestRun(database, testRunId)
  const at = realNow()
  database.run(
    'INSERT INTO test_run_ends (change_id, test_run_id, status, at, result_json) VALUES (?, ?, ?, ?, ?)',
    nextChange(database, { kind: 'test-run', id: testRunId }),
    testRunId,
    status,
    at,
    Object.keys(result).length > 0 ? JSON.stringify(result) : null,
  )
  database.run(
    'UPDATE test_runs SET status = ?, completed_at = ? WHERE test_run_id = ?',
    status,
    at,
    testRunId,
  )
}

// This store keeps the ids that the replay created.
function completion(database: Database, testRunId: string) {
  const made = database.all<{ trace_id: string }>(
    'SELECT DISTINCT trace_id FROM spans WHERE parent_span_id IS NULL AND test_run_id = ?',
    testRunId,
  )
  const traceIds = Object.fromEntries(made.map(row => [row.trace_id, row.trace_id]))
  return { traceIds, traceCount: made.length }
}

const statusThen = `coalesce((SELECT status FROM test_run_ends
  WHERE test_run_ends.test_run_id = test_runs.test_run_id AND test_run_ends.change_id <= ?
  ORDER BY test_run_ends.id DESC LIMIT 1), 'running')`

function listTestRuns(database: Database, given: Parameters<Store['testRuns']['list']>[0]): Page<TestRun> {
  const query = readTestRunQuery(given)
  const name = 'test runs'
  const cursor = decodeCursor(name, query.cursor)
  const revision = cursor?.revision ?? revisionThen(database, query.asOf)
  return pageOfTestRuns(database, query, { name, limit: query.limit ?? 50, cursor, revision })
}

type CheckedQuery = ReturnType<typeof readTestRunQuery>

const listOrder: ListOrder = {
  columns: ['started_at', 'id'],
  isDescending: true,
  valuesAt: ({ time, id }) => [time ?? 0, Number(id)],
}

function pageOfTestRuns(database: Database, query: CheckedQuery, read: PageRead): Page<TestRun> {
  const { changeId } = read.revision
  const find = (part: PageRead) => {
    const where = new Conditions()
      .add('coalesce(change_id, 0) <= ?', changeId)
      .addIf('key = ?', query.key)
      .addIf('experiment_group_id = ?', query.experimentGroupId)
      .addIf('started_at >= ?', query.since)
      .addIf('started_at < ?', query.until)
    if (query.status !== undefined) where.add(`${statusThen} = ?`, changeId, query.status)
    const order = fromCursor(part, listOrder, where)
    const sql = `SELECT * FROM test_runs WHERE ${where.sql} ${order} LIMIT ?`
    return database.select<TestRunRow>(sql, [...where.params, read.limit + 1])
  }
  const page = pageOfRows(read, find, row => ({ time: row.started_at, id: String(row.id) }))
  return { ...page, items: page.items.map(row => testRunOfRow(database, row, changeId)) }
}
