import type { TestRun, TestRunItems, TestRunResult, TestRunStart } from '@runtape/core/store'
import { standingVerdicts, testRunResult } from '@runtape/core/store-helpers'
import type { Queries } from '../database/database.ts'
import { sql } from '../database/sql.ts'
import { isReceived, type Moment } from '../history/moment.ts'
import { outcomeAt } from './items.ts'
import { verdictHistories } from './verdicts.ts'

export interface TestRunRow {
  readonly id: number
  readonly test_run_id: string
  readonly received_at: number
  readonly start: string
  readonly removed_items: number
}

interface EndRow {
  readonly test_run_id: string
  readonly status: 'completed' | 'interrupted'
  readonly received_at: number
  readonly result: string
}

/** Test runs as known at a moment, in the order of their rows. */
export async function testRunsOfRows(
  queries: Queries,
  rows: readonly TestRunRow[],
  moment: Moment,
): Promise<TestRun[]> {
  if (rows.length === 0) return []
  const keys = rows.map(({ test_run_id }) => test_run_id)
  const ends = await endsOf(queries, keys, moment)
  const counts = await countsOf(queries, keys, moment)
  const verdicts = await verdictHistories(queries, keys, moment)
  return rows.map(row => ({
    ...(JSON.parse(row.start) as TestRunStart & { readonly testRunId: string }),
    startedAt: row.received_at,
    ...endOf(ends.get(row.test_run_id) ?? []),
    items: itemsOf(counts.get(row.test_run_id) ?? [], row.removed_items),
    verdicts: standingVerdicts(verdicts.get(row.test_run_id) ?? []),
  }))
}

function endOf(ends: readonly EndRow[]) {
  const last = ends.at(-1)
  return {
    status: last?.status ?? ('running' as const),
    ...(last && { completedAt: last.received_at }),
    ...testRunResult(ends.map(({ result }) => JSON.parse(result) as TestRunResult)),
  }
}

async function endsOf(
  queries: Queries,
  keys: readonly string[],
  moment: Moment,
): Promise<Map<string, EndRow[]>> {
  const rows = await queries.rows<EndRow>(
    sql`SELECT test_run_id, status, received_at, result FROM @test_run_ends AS ending
      WHERE test_run_id = ANY(${keys}::text[]) AND ${isReceived(moment, 'ending')} ORDER BY id`,
  )
  return Map.groupBy(rows, ({ test_run_id }) => test_run_id)
}

interface Count {
  readonly test_run_id: string
  readonly result: 'same' | 'changed' | 'unknown' | 'failed'
  readonly count: number
}

async function countsOf(
  queries: Queries,
  keys: readonly string[],
  moment: Moment,
): Promise<Map<string, Count[]>> {
  const rows = await queries.rows<Count>(
    sql`SELECT test_run_id, ${outcomeAt(moment)} AS result, count(*) AS count FROM @items AS one
      WHERE test_run_id = ANY(${keys}::text[]) AND ${isReceived(moment, 'one')} GROUP BY 1, 2`,
  )
  return Map.groupBy(rows, ({ test_run_id }) => test_run_id)
}

function itemsOf(counts: readonly Count[], removed: number): TestRunItems {
  const items = { recorded: 0, same: 0, changed: 0, unknown: 0, failed: 0 }
  for (const { result, count } of counts) {
    items[result] += count
    items.recorded += count
  }
  return { ...items, ...(removed > 0 && { removed }) }
}
