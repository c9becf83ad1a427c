import type { Budget, BudgetCrossing, EraseTarget } from '@runtape/core/store'
import { isErasedBudget } from '@runtape/core/store-helpers'
import { lockName } from '../changes/note-change.ts'
import type { Queries } from '../database/database.ts'
import { sql } from '../database/sql.ts'
import { keyText } from '../database/values.ts'
import { deleteBudget } from './budget-rows.ts'

/**
 * Removes the budgets of an erased customer with their crossings, and the crossings of budgets that have been replaced
 * since. A check that locks one of them first has ended when this goes on.
 *
 * @returns the names of the removed budgets
 */
export async function eraseBudgets(queries: Queries, target: EraseTarget): Promise<string[]> {
  if (!('context' in target)) return []
  const key = keyText(target.context.key)
  const named = await queries.rows<{ name: string }>(
    sql`SELECT name FROM @budgets WHERE context_key = ${key} ORDER BY name`,
  )
  for (const { name } of named) await lockName(queries, 'budget', name)
  const rows = await queries.rows<{ budget: string }>(
    sql`SELECT budget FROM @budgets WHERE name = ANY(${named.map(({ name }) => name)}::text[])
      AND context_key = ${key} ORDER BY name FOR UPDATE`,
  )
  const erased = rows
    .map(({ budget }) => JSON.parse(budget) as Budget)
    .filter(budget => isErasedBudget(budget, target))
  for (const { name } of erased) await deleteBudget(queries, name)
  await eraseCrossings(queries, key, target)
  return erased.map(({ name }) => name)
}

async function eraseCrossings(queries: Queries, key: string, target: EraseTarget): Promise<void> {
  const rows = await queries.rows<{ id: number; crossing: string }>(
    sql`SELECT id, crossing FROM @budget_crossings WHERE context_key = ${key}`,
  )
  const erased = rows.filter(({ crossing }) =>
    isErasedBudget((JSON.parse(crossing) as BudgetCrossing).budget, target),
  )
  if (erased.length > 0)
    await queries.run(
      sql`DELETE FROM @budget_crossings WHERE id = ANY(${erased.map(({ id }) => id)}::bigint[])`,
    )
}
