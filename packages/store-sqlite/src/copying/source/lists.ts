import {
  budgetPosition,
  type CopiedBudget,
  type CopiedCohort,
  type CopyBatch,
  listPosition,
} from '@runtape/core/internal'
import type { BudgetCrossing, CohortEntry } from '@runtape/core/store'
import { listBudgets } from '../../budgets/budget-rows.ts'
import {
  type CohortRow,
  type EntryRow,
  expectedOf,
  type VersionRow,
  versionOf,
} from '../../cohorts/cohort-rows.ts'
import { isRemovedCohort } from '../../cohorts/remove-cohort.ts'
import type { Database } from '../../database/database.ts'
import { type ViewRow, viewOf } from '../../views/views.ts'

export function* viewBatches(database: Database, after: string | undefined): Generator<CopyBatch<'views'>> {
  const entries = database.all<ViewRow>('SELECT * FROM views ORDER BY version').map(viewOf)
  const names = entries.map(({ name }) => name)
  yield { kind: 'views', entries, ...listPosition('view', names, after) }
}

/** All cohorts with all their versions, one at a time. Versions of removed ones are never used again. */
export function* cohortBatches(
  database: Database,
  after: string | undefined,
): Generator<CopyBatch<'cohorts'>> {
  const rows = database
    .all<CohortRow>('SELECT * FROM cohorts ORDER BY id')
    .filter(({ name, version }) => !isRemovedCohort(name) && version > 0)
  const removed = database.all<{ name_hash: string; version: number }>('SELECT * FROM removed_cohorts')
  const marks = removed.map(({ name_hash, version }) => ({ nameHash: name_hash, version }))
  const from = after ?? '[]'
  yield { kind: 'cohorts', entries: marks, position: from }
  for (const row of rows) yield { kind: 'cohorts', entries: [cohortOf(database, row)], position: from }
  const names = rows.map(({ name }) => name)
  yield { kind: 'cohorts', entries: [], ...listPosition('cohort', names, after) }
}

type StoredEntry = EntryRow & { readonly since: number; readonly until: number | null }

function cohortOf(database: Database, { id, name, version }: CohortRow): CopiedCohort {
  const versions = database.all<VersionRow>(
    `SELECT version, at, by, comment, size, added, changed, removed FROM cohort_versions
     WHERE cohort = ? AND version <= ? ORDER BY version`,
    id,
    version,
  )
  const entries = database.all<StoredEntry>(
    'SELECT * FROM cohort_entries WHERE cohort = ? AND since <= ? ORDER BY id',
    id,
    version,
  )
  return {
    name,
    versions: versions.map(versionOf),
    entries: entries.map(row => ({
      entry: entryOf(row),
      place: row.position,
      since: row.since,
      // Ended by a version that is not complete.
      until: row.until !== null && row.until > version ? null : row.until,
      isGone: row.gone === 1,
    })),
  }
}

function entryOf(row: EntryRow): CohortEntry {
  const expected = expectedOf(row)
  return {
    traceId: row.trace_id,
    ...(expected && { expected }),
    ...(row.note !== null && { note: row.note }),
  }
}

const changedAt = (database: Database, name: string): number | undefined =>
  database.get<{ at: number | null }>(
    "SELECT max(received_at) AS at FROM changes WHERE about_is = 'name' AND kind = 'budget' AND about = ?",
    name,
  )?.at ?? undefined

export function* budgetBatches(
  database: Database,
  after: string | undefined,
): Generator<CopyBatch<'budgets'>> {
  const budgets = listBudgets(database)
  const marks = budgetPosition(budgets, after)
  const entries = budgets.map((budget): CopiedBudget => {
    const levels = database.all<{ level: number; is_reached: number; at: number }>(
      'SELECT level, is_reached, at FROM budget_levels WHERE name = ?',
      budget.name,
    )
    const crossings = database.all<{ crossing_json: string }>(
      'SELECT crossing_json FROM budget_crossings WHERE name = ? ORDER BY id',
      budget.name,
    )
    return {
      budget,
      ...marks.beforeOf(budget),
      at: changedAt(database, budget.name),
      levels: levels.map(({ level, is_reached, at }) => ({ level, isReached: is_reached === 1, at })),
      crossings: crossings.map(({ crossing_json }) => JSON.parse(crossing_json) as BudgetCrossing),
    }
  })
  yield { kind: 'budgets', entries, position: marks.position, gone: marks.gone }
}
