import type { Budget } from '@runtape/core/store'
import type { Database } from '../database/database.ts'
import { noteRemoval } from '../history/next-change.ts'

/** All budgets, by name. */
export const listBudgets = (database: Database): Budget[] =>
  database
    .all<{ budget_json: string }>('SELECT budget_json FROM budgets ORDER BY name')
    .map(row => JSON.parse(row.budget_json) as Budget)

export function findBudget(database: Database, name: string): Budget | undefined {
  const row = database.get<{ budget_json: string }>('SELECT budget_json FROM budgets WHERE name = ?', name)
  return row && (JSON.parse(row.budget_json) as Budget)
}

/** Removes a budget with its levels and crossings. Returns whether there was one. */
export function removeBudget(database: Database, name: string): boolean {
  database.run('DELETE FROM budget_levels WHERE name = ?', name)
  database.run('DELETE FROM budget_crossings WHERE name = ?', name)
  if (database.run('DELETE FROM budgets WHERE name = ?', name) === 0) return false
  noteRemoval(database, 'budget', name)
  return true
}
