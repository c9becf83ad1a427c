import type { Budget, BudgetFilter } from '@runtape/core/store'
import { noteChange } from '../changes/note-change.ts'
import type { Queries } from '../database/database.ts'
import { sql } from '../database/sql.ts'
import { keyText } from '../database/values.ts'
import { receivedNow } from '../history/received-now.ts'
import { noteRemoved } from '../removal/removal-changes.ts'

/** The column by which the budgets of a customer are found. */
export const contextKeyOf = ({ where }: { readonly where?: BudgetFilter }): string | null =>
  where?.contextKey === undefined ? null : keyText(where.contextKey)

/** The budget of this name, or all, by name. */
export async function readBudgets(queries: Queries, name?: string): Promise<Budget[]> {
  const rows = await queries.rows<{ budget: string }>(
    name === undefined
      ? sql`SELECT budget FROM @budgets`
      : sql`SELECT budget FROM @budgets WHERE name = ${keyText(name)}`,
  )
  return rows.map(({ budget }) => JSON.parse(budget) as Budget).sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** Adds a budget unless there is one of its name. Returns whether it did. */
export async function insertBudget(queries: Queries, budget: Budget): Promise<boolean> {
  const added = await queries.run(
    sql`INSERT INTO @budgets (name, id, received_at, context_key, budget)
      VALUES (${keyText(budget.name)}, nextval('@ids'), ${receivedNow}, ${contextKeyOf(budget)}, ${JSON.stringify(budget)})
      ON CONFLICT (name) DO NOTHING`,
  )
  if (added > 0) await noteChange(queries, 'budget', budget.name)
  return added > 0
}

/** Locks the budget of this name until the transaction ends, so that its levels are changed by one process at a time. */
export async function lockBudget(queries: Queries, name: string): Promise<Budget | undefined> {
  const [row] = await queries.rows<{ budget: string }>(
    sql`SELECT budget FROM @budgets WHERE name = ${keyText(name)} FOR UPDATE`,
  )
  return row && (JSON.parse(row.budget) as Budget)
}

export async function replaceBudget(queries: Queries, budget: Budget): Promise<void> {
  await queries.run(
    sql`UPDATE @budgets SET context_key = ${contextKeyOf(budget)}, budget = ${JSON.stringify(budget)}
      WHERE name = ${keyText(budget.name)}`,
  )
  await noteBudgets(queries, [budget.name])
}

/** These budgets were changed or crossed: see `store.changes`. */
export async function noteBudgets(queries: Queries, names: readonly string[]): Promise<void> {
  await queries.run(
    sql`UPDATE @budgets SET id = nextval('@ids'), xid = @current_xid(), received_at = ${receivedNow}
      WHERE name = ANY(${names.map(keyText)}::text[])`,
  )
  for (const name of names) await noteChange(queries, 'budget', name)
}

/** Removes a locked budget with its levels and crossings. Returns whether there was one. */
export async function deleteBudget(queries: Queries, name: string): Promise<boolean> {
  const key = keyText(name)
  await queries.run(sql`DELETE FROM @budget_levels WHERE name = ${key}`)
  await queries.run(sql`DELETE FROM @budget_crossings WHERE name = ${key}`)
  const removed = await queries.run(sql`DELETE FROM @budgets WHERE name = ${key}`)
  if (removed > 0) await noteRemoved(queries, 'budget', [name])
  return removed > 0
}
