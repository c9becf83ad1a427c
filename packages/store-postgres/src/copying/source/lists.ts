import {
  budgetPosition,
  type CopiedBudget,
  type CopiedClaim,
  type CopiedCohort,
  type CopiedKind,
  type CopiedTestRun,
  type CopyBatch,
  listPosition,
} from '@runtape/core/internal'
import type { CohortEntry, TestRunResult } from '@runtape/core/store'
import { readBudgets } from '../../budgets/budget-rows.ts'
import { readCrossings } from '../../budgets/crossings.ts'
import { type VersionRow, versionOf } from '../../cohorts/read-cohorts.ts'
import type { Database, Queries } from '../../database/database.ts'
import { sql } from '../../database/sql.ts'
import { keyText } from '../../database/values.ts'
import { receivedNow } from '../../history/received-now.ts'
import type { TestRunRow } from '../../test-runs/read-test-runs.ts'
import { type ViewRow, viewOf } from '../../views/views.ts'

type Batches<Kind extends CopiedKind> = AsyncGenerator<CopyBatch<Kind>>

interface EndRow {
  readonly test_run_id: string
  readonly status: 'completed' | 'interrupted'
  readonly received_at: number
  readonly result: string
}

/** All test runs, each with its ends. */
export async function* testRunBatches(database: Database): Batches<'test runs'> {
  for (let id = 0; ; ) {
    const rows = await database.rows<TestRunRow>(
      sql`SELECT * FROM @test_runs WHERE id > ${id} ORDER BY id LIMIT 100`,
    )
    const last = rows.at(-1)
    if (last === undefined) return
    id = last.id
    const keys = rows.map(({ test_run_id }) => test_run_id)
    const ends = await database.rows<EndRow>(
      sql`SELECT * FROM @test_run_ends WHERE test_run_id = ANY(${keys}::text[]) ORDER BY id`,
    )
    const byRun = Map.groupBy(ends, ({ test_run_id }) => test_run_id)
    const entries = rows.map(row => testRunOf(row, byRun.get(row.test_run_id) ?? []))
    yield { kind: 'test runs', entries, position: '' }
  }
}

const testRunOf = (row: TestRunRow, ends: readonly EndRow[]): CopiedTestRun => ({
  start: JSON.parse(row.start) as CopiedTestRun['start'],
  receivedAt: row.received_at,
  removed: row.removed_items,
  ends: ends.map(({ status, received_at, result }) => ({
    status,
    receivedAt: received_at,
    result: JSON.parse(result) as TestRunResult,
  })),
})

/** The claims that have not expired. */
export async function* claimBatches(database: Database): Batches<'claims'> {
  const rows = await database.rows<{ until: number; claim: string }>(
    sql`SELECT until, claim FROM @review_claims WHERE until > ${receivedNow}`,
  )
  const entries = rows.map(({ until, claim }) => ({ ...(JSON.parse(claim) as CopiedClaim), until }))
  yield { kind: 'claims', entries, position: '' }
}

export async function* viewBatches(database: Database, after: string | undefined): Batches<'views'> {
  const rows = await database.rows<ViewRow>(
    sql`SELECT version, received_at, view FROM @views ORDER BY version`,
  )
  const entries = rows.map(viewOf)
  yield {
    kind: 'views',
    entries,
    ...listPosition(
      'view',
      entries.map(({ name }) => name),
      after,
    ),
  }
}

interface CohortRow {
  readonly id: number
  readonly name: string
  readonly version: number
}

/** All cohorts with all their versions, one at a time. Versions of removed ones are never used again. */
export async function* cohortBatches(database: Database, after: string | undefined): Batches<'cohorts'> {
  const rows = await database.rows<CohortRow>(sql`SELECT * FROM @cohorts ORDER BY id`)
  const removed = await database.rows<{ name_hash: string; version: number }>(
    sql`SELECT * FROM @removed_cohorts`,
  )
  const marks = removed.map(({ name_hash, version }) => ({ nameHash: name_hash, version }))
  const from = after ?? '[]'
  yield { kind: 'cohorts', entries: marks, position: from }
  for (const row of rows)
    yield {
      kind: 'cohorts',
      entries: [await database.read(queries => cohortOf(queries, row))],
      position: from,
    }
  yield {
    kind: 'cohorts',
    entries: [],
    ...listPosition(
      'cohort',
      rows.map(({ name }) => name),
      after,
    ),
  }
}

interface EntryRow {
  readonly place: number
  readonly since: number
  readonly until: number | null
  readonly entry: string
}

async function cohortOf(queries: Queries, { id, name, version }: CohortRow): Promise<CopiedCohort> {
  const versions = await queries.rows<VersionRow>(
    sql`SELECT * FROM @cohort_versions WHERE cohort = ${id} AND version <= ${version} ORDER BY version`,
  )
  const entries = await queries.rows<EntryRow>(
    sql`SELECT place, since, CASE WHEN until <= ${version} THEN until END AS until, entry FROM @cohort_entries
      WHERE cohort = ${id} AND since <= ${version} ORDER BY id`,
  )
  return {
    name,
    versions: versions.map(versionOf),
    entries: entries.map(({ entry, ...row }) => ({
      ...row,
      entry: JSON.parse(entry) as CohortEntry,
      isGone: false,
    })),
  }
}

interface LevelRow {
  readonly level: number
  readonly is_reached: boolean
  readonly at: number
}

export async function* budgetBatches(database: Database, after: string | undefined): Batches<'budgets'> {
  const budgets = await database.read(queries => readBudgets(queries))
  const marks = budgetPosition(budgets, after)
  const entries: CopiedBudget[] = []
  for (const budget of budgets) {
    const levels = await database.rows<LevelRow>(
      sql`SELECT level, is_reached, at FROM @budget_levels WHERE name = ${keyText(budget.name)}`,
    )
    const crossings = await database.read(queries => readCrossings(queries, budget.name))
    const [changed] = await database.rows<{ at: number }>(
      sql`SELECT received_at AS at FROM @budgets WHERE name = ${keyText(budget.name)}`,
    )
    entries.push({
      budget,
      ...marks.beforeOf(budget),
      at: changed?.at,
      levels: levels.map(({ level, is_reached, at }) => ({ level, isReached: is_reached, at })),
      crossings: crossings.toReversed(),
    })
  }
  yield { kind: 'budgets', entries, position: marks.position, gone: marks.gone }
}
