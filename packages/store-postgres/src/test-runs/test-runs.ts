import { newRunId } from '@runtape/core/internal'
import type { Page, Store, TestRun, TestRunCompletion, TestRunStart } from '@runtape/core/store'
import { readAsOf, readTestRunEnd, readTestRunQuery, readTestRunStart } from '@runtape/core/store-helpers'
import { noteChange } from '../changes/note-change.ts'
import type { Database, Queries } from '../database/database.ts'
import { allOf, type Sql, sql } from '../database/sql.ts'
import { keyText } from '../database/values.ts'
import type { ListRead } from '../history/cursors.ts'
import { isReceived, type Moment, momentOf } from '../history/moment.ts'
import { orderOf, pageAt } from '../history/pages.ts'
import { receivedNow } from '../history/received-now.ts'
import { spanOfRow } from '../records/span-rows.ts'
import { itemQueries } from './items.ts'
import { requireTestRun } from './known-test-run.ts'
import { type TestRunRow, testRunsOfRows } from './read-test-runs.ts'
import { verdictQueries } from './verdicts.ts'

/** The `testRuns` part of the store. */
export const testRunsPart = (database: Database): Store['testRuns'] => ({
  start: async start => {
    const { testRunId = newRunId() } = readTestRunStart(start)
    const json = JSON.stringify({ ...start, testRunId })
    await database.write(queries => insertTestRun(queries, testRunId, json), ['append', 'shared'])
    return { testRunId }
  },
  complete: async (testRunId, status = 'completed', result = {}) => {
    const end = { status: readTestRunEnd(status), json: JSON.stringify(result) }
    return database.write(queries => complete(queries, testRunId, end), ['append', 'shared'])
  },
  get: async (testRunId, options) => {
    const { asOf } = readAsOf('testRuns.get', options)
    const moment = await momentOf(database, asOf)
    return database.read(async queries => {
      const rows = await queries.rows<TestRunRow>(
        sql`SELECT * FROM @test_runs AS run WHERE test_run_id = ${keyText(testRunId)} AND ${isReceived(moment, 'run')}`,
      )
      return (await testRunsOfRows(queries, rows, moment))[0]
    })
  },
  list: async query => listTestRuns(database, readTestRunQuery(query)),
  ...itemQueries(database),
  ...verdictQueries(database),
})

/** The first start with an id counts; later ones join it. */
async function insertTestRun(queries: Queries, testRunId: string, json: string): Promise<void> {
  const { key, experimentGroupId } = JSON.parse(json) as TestRunStart
  const group = experimentGroupId === undefined ? null : keyText(experimentGroupId)
  const added = await queries.run(
    sql`INSERT INTO @test_runs (id, received_at, test_run_id, key, experiment_group_id, start)
      VALUES (nextval('@ids'), ${receivedNow}, ${keyText(testRunId)}, ${keyText(key)}, ${group}, ${json})
      ON CONFLICT (test_run_id) DO NOTHING`,
  )
  if (added > 0) await noteChange(queries, 'test-run', testRunId)
}

interface End {
  readonly status: 'completed' | 'interrupted'
  readonly json: string
}

async function complete(
  queries: Queries,
  testRunId: string,
  { status, json }: End,
): Promise<TestRunCompletion> {
  const key = await requireTestRun(queries, testRunId)
  await queries.run(
    sql`INSERT INTO @test_run_ends (id, received_at, test_run_id, status, result)
      VALUES (nextval('@ids'), ${receivedNow}, ${key}, ${status}, ${json})`,
  )
  await noteChange(queries, 'test-run', testRunId)
  const made = await queries.rows<{ record: string }>(
    sql`SELECT DISTINCT ON (trace_id) record FROM @spans WHERE parent_span_id IS NULL AND test_run_id = ${key}`,
  )
  // This store keeps the ids that the replay created.
  const traceIds = made.map(({ record }) => {
    const { traceId } = spanOfRow({ record, input: null, output: null, error: null })
    return [traceId, traceId]
  })
  return { traceIds: Object.fromEntries(traceIds), traceCount: made.length }
}

type Query = ReturnType<typeof readTestRunQuery>

/** Newest first. */
const listOrder = [
  { column: 'received_at', at: ({ time }: { time: number | null }) => sql`${time ?? 0}::float8` },
  { column: 'id', at: ({ id }: { id: string }) => sql`${id}::bigint` },
]

async function listTestRuns(database: Database, query: Query): Promise<Page<TestRun>> {
  const { limit = 50, cursor, asOf } = query
  const find = async (queries: Queries, moment: Moment, read: ListRead) => {
    const { isBeyond, order } = orderOf(read, listOrder, true)
    return queries.rows<TestRunRow>(
      sql`SELECT * FROM @test_runs AS run WHERE ${allOf([conditions(query, moment), isBeyond])}
        ORDER BY ${order} LIMIT ${limit + 1}::bigint`,
    )
  }
  const placeOf = (row: TestRunRow) => ({ time: row.received_at, id: String(row.id) })
  const paged = { list: 'test runs', limit, cursor, asOf, find, placeOf }
  return pageAt(database, paged, (queries, moment, rows) => testRunsOfRows(queries, rows, moment))
}

const conditions = ({ key, experimentGroupId, since, until, status }: Query, moment: Moment): Sql =>
  allOf([
    isReceived(moment, 'run'),
    key === undefined ? undefined : sql`key = ${keyText(key)}`,
    experimentGroupId === undefined ? undefined : sql`experiment_group_id = ${keyText(experimentGroupId)}`,
    since === undefined ? undefined : sql`received_at >= ${since}::float8`,
    until === undefined ? undefined : sql`received_at < ${until}::float8`,
    status === undefined ? undefined : sql`${statusAt(moment)} = ${status}`,
  ])

const statusAt = (moment: Moment): Sql =>
  sql`coalesce((SELECT status FROM @test_run_ends AS ending
    WHERE ending.test_run_id = run.test_run_id AND ${isReceived(moment, 'ending')}
    ORDER BY ending.id DESC LIMIT 1), 'running')`
