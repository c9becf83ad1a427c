import { type Page, RuntapeError, type Store, type TestRun, type Verdict } from '@runtape/core'
import { newRunId, realNow } from '@runtape/core/internal'
import { readListQuery } from '@runtape/core/store-helpers'
import { Conditions, decodeCursor, encodeCursor } from './database/conditions.ts'
import type { Database } from './database/database.ts'
import { nextChange } from './history/next-change.ts'

interface TestRunRow {
  readonly id: number
  readonly test_run_id: string
  readonly key: string
  readonly status: TestRun['status']
  readonly started_at: number
  readonly completed_at: number | null
  readonly source_trace_ids_json: string
  readonly code_change_description: string | null
  readonly code_change_files_json: string | null
  readonly experiment_group_id: string | null
}

interface VerdictRow {
  readonly trace_id: string
  readonly pass: number
  readonly by: string | null
  readonly comment: string | null
}

/** The `testRuns` part of the store. */
export function testRunQueries(database: Database): Store['testRuns'] {
  return {
    start: async start => {
      const { testRunId = newRunId() } = start
      insertTestRun(database, testRunId, start)
      return { testRunId }
    },
    complete: async (testRunId, status = 'completed') => completeTestRun(database, testRunId, status),
    get: async testRunId => {
      const row = database.get<TestRunRow>('SELECT * FROM test_runs WHERE test_run_id = ?', testRunId)
      return row && testRunOfRow(database, row)
    },
    list: async (query = {}) => listTestRuns(database, query),
    putVerdict: async (testRunId, traceId, verdict) => putVerdict(database, testRunId, traceId, verdict),
  }
}

type Start = Parameters<Store['testRuns']['start']>[0]

function insertTestRun(database: Database, testRunId: string, start: Start): void {
  database.transaction(() => {
    const isKnown = database.get('SELECT 1 FROM test_runs WHERE test_run_id = ?', testRunId) !== undefined
    if (!isKnown) insertNewTestRun(database, testRunId, start)
  })
}

function insertNewTestRun(database: Database, testRunId: string, start: Start): void {
  database.run(
    `INSERT INTO test_runs (
       test_run_id, key, status, started_at, source_trace_ids_json, code_change_description,
       code_change_files_json, experiment_group_id, change_id
     ) VALUES (?, ?, 'running', ?, ?, ?, ?, ?, ?)`,
    testRunId,
    start.key,
    realNow(),
    JSON.stringify(start.sourceTraceIds),
    start.codeChangeDescription ?? null,
    start.codeChangeFiles ? JSON.stringify(start.codeChangeFiles) : null,
    start.experimentGroupId ?? null,
    nextChange(database, { kind: 'test-run', id: testRunId }),
  )
}

function completeTestRun(
  database: Database,
  testRunId: string,
  status: 'completed' | 'interrupted',
): { traceIds: Record<string, string>; traceCount: number } {
  const changed = database.run(
    'UPDATE test_runs SET status = ?, completed_at = ? WHERE test_run_id = ?',
    status,
    realNow(),
    testRunId,
  )
  if (changed === 0) throw unknownTestRun(database, testRunId)
  const made = database.all<{ trace_id: string }>(
    'SELECT DISTINCT trace_id FROM spans WHERE parent_span_id IS NULL AND test_run_id = ?',
    testRunId,
  )
  // This store keeps the ids that the replay created.
  const traceIds = Object.fromEntries(made.map(row => [row.trace_id, row.trace_id]))
  return { traceIds, traceCount: made.length }
}

function listTestRuns(database: Database, given: Parameters<Store['testRuns']['list']>[0]): Page<TestRun> {
  const query = readListQuery(given)
  const { limit = 50 } = query
  const cursor = decodeCursor('test runs', query.cursor)
  const where = new Conditions()
    .add('1')
    .addIf('started_at >= ?', query.since)
    .addIf('started_at < ?', query.until)
  if (cursor) where.add('(started_at, id) < (?, ?)', cursor.time ?? 0, Number(cursor.id))
  const sql = `SELECT * FROM test_runs WHERE ${where.sql} ORDER BY started_at DESC, id DESC LIMIT ?`
  const found = database.select<TestRunRow>(sql, [...where.params, limit + 1])
  const page = found.slice(0, limit)
  const items = page.map(row => testRunOfRow(database, row))
  const last = page.at(-1)
  if (last === undefined || found.length === page.length) return { items }
  const end = { time: last.started_at, id: String(last.id), mark: 0 }
  return { items, nextCursor: encodeCursor('test runs', end) }
}

function putVerdict(database: Database, testRunId: string, traceId: string, verdict: Verdict): void {
  const { pass, by, comment } = verdict
  const changed = database.run(
    `INSERT OR REPLACE INTO verdicts (test_run_id, trace_id, pass, by, comment)
     SELECT test_run_id, ?, ?, ?, ? FROM test_runs WHERE test_run_id = ?`,
    traceId,
    Number(pass),
    by ?? null,
    comment ?? null,
    testRunId,
  )
  if (changed === 0) throw unknownTestRun(database, testRunId)
}

function unknownTestRun(database: Database, testRunId: string): RuntapeError {
  return new RuntapeError(
    'invalid-option',
    `The store ${database.name} has no test run "${testRunId}". Pass the testRunId that testRuns.start returned.`,
  )
}

function testRunOfRow(database: Database, row: TestRunRow): TestRun {
  const verdicts = database.all<VerdictRow>('SELECT * FROM verdicts WHERE test_run_id = ?', row.test_run_id)
  return {
    testRunId: row.test_run_id,
    key: row.key,
    sourceTraceIds: JSON.parse(row.source_trace_ids_json) as string[],
    ...(row.code_change_description !== null && { codeChangeDescription: row.code_change_description }),
    ...(row.code_change_files_json !== null && {
      codeChangeFiles: JSON.parse(row.code_change_files_json) as NonNullable<TestRun['codeChangeFiles']>,
    }),
    ...(row.experiment_group_id !== null && { experimentGroupId: row.experiment_group_id }),
    status: row.status,
    startedAt: row.started_at,
    ...(row.completed_at !== null && { completedAt: row.completed_at }),
    verdicts: Object.fromEntries(verdicts.map(verdict => [verdict.trace_id, verdictOfRow(verdict)])),
  }
}

function verdictOfRow({ pass, by, comment }: VerdictRow): Verdict {
  return { pass: pass === 1, ...(by !== null && { by }), ...(comment !== null && { comment }) }
}
