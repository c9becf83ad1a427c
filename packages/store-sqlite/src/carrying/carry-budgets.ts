import type { Budget, BudgetCrossing } from '@runtape/core/store'
import { isSameBudget } from '@runtape/core/store-helpers'
import { removeBudget } from '../budgets/budget-rows.ts'
import type { Database } from '../database/database.ts'
import { nextChange } from '../history/next-change.ts'
import { type CarriedRow, type Fate, insertRow } from './carried-row.ts'
import { removedRowsSql } from './changed-rows.ts'
import type { OldFile, Row } from './old-file.ts'

/** The budgets that were put or removed since the last check, and the levels and crossings that were found. */
export function* carriedBudgets(old: OldFile): Generator<CarriedRow> {
  for (const row of old.all('budgets', `SELECT * FROM budgets WHERE ${old.changed('budgets')}`))
    yield { kind: 'budgets', write: next => putBudget(next, row) }
  if (!old.isWhole)
    for (const { name } of old.all('budgets', removedRowsSql('budgets')))
      yield { kind: 'budgets', write: next => (removeBudget(next, String(name)) ? 'copied' : 'known') }
  const levels = `SELECT * FROM budget_levels WHERE ${old.changed('budget_levels')}`
  for (const row of old.all('budget_levels', levels)) yield { write: next => putLevel(next, row) }
  for (const row of old.byId('budget_crossings', old.changed('budget_crossings')))
    yield { kind: 'crossings', write: next => putCrossing(next, row) }
}

export function putBudget(next: Database, row: Row): Fate {
  const known = next.get<Row>('SELECT budget_json FROM budgets WHERE name = ?', row.name ?? null)
  if (known?.budget_json === row.budget_json) return 'known'
  const [before, after] = [known, row].map(each => each && (JSON.parse(String(each.budget_json)) as Budget))
  if (before && after && !isSameBudget(before, after))
    next.run('DELETE FROM budget_levels WHERE name = ?', row.name ?? null)
  insertRow(next, 'budgets', row, 'INSERT OR REPLACE')
  nextChange(next, { kind: 'budget', id: String(row.name) })
  return 'copied'
}

/** Ids of events are of one file, so the next check of the next file counts as later. */
export function putLevel(next: Database, row: Row): Fate {
  const sql = 'SELECT at FROM budget_levels WHERE name = ? AND level = ?'
  const known = next.get<{ at: number }>(sql, row.name ?? null, row.level ?? null)
  if (known && known.at >= Number(row.at)) return 'known'
  insertRow(next, 'budget_levels', { ...row, event_id: 0, price_id: 0 }, 'INSERT OR REPLACE')
  return 'copied'
}

export function putCrossing(next: Database, row: Row): Fate {
  const crossing = JSON.parse(String(row.crossing_json)) as BudgetCrossing
  const those = next.all<Row>(
    'SELECT number, crossing_json FROM budget_crossings WHERE name = ? AND level = ?',
    row.name ?? null,
    row.level ?? null,
  )
  if (
    those.some(
      ({ crossing_json }) => (JSON.parse(String(crossing_json)) as BudgetCrossing).at === crossing.at,
    )
  )
    return 'known'
  const number = Math.max(0, ...those.map(each => Number(each.number))) + 1
  const { id: _, ...rest } = row
  const crossing_json = JSON.stringify({ ...crossing, number })
  insertRow(next, 'budget_crossings', { ...rest, number, crossing_json })
  nextChange(next, { kind: 'budget', id: String(row.name) })
  return 'copied'
}
