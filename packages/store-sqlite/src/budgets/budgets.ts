import { realNow } from '@runtape/core/internal'
import type { Budget, BudgetCrossing, BudgetState, EraseTarget, Store } from '@runtape/core/store'
import {
  budgetState,
  isErasedBudget,
  isSameBudget,
  levelNumbers,
  mostCrossings,
  readBudget,
  readBudgetQuery,
  requireNow,
  sameJson,
  windowStart,
} from '@runtape/core/store-helpers'
import { inOwnTransaction } from '../append/append-in-slices.ts'
import type { Step } from '../append/slices.ts'
import type { Database } from '../database/database.ts'
import { nextChange } from '../history/next-change.ts'
import type { Reads } from '../reading/reads.ts'
import { findBudget, listBudgets, removeBudget } from './budget-rows.ts'
import { type Found, tellInSlices } from './crossings.ts'

/** The `budgets` part of the store. */
export function budgetsPart(database: Database, reads: Reads, busyTimeoutMs: number): Store['budgets'] {
  const write = async <T>(work: () => T): Promise<T> => {
    const result: T[] = []
    await inOwnTransaction(database, busyTimeoutMs, () => void result.push(work()))
    return result[0] as T
  }
  const statesOf = async (budgets: readonly Budget[]): Promise<Found> => {
    const now = realNow()
    const windows = budgets.map(budget => ({ budget, since: windowStart(budget.window, now) }))
    const { uses, revision } = await reads.budgets(windows)
    const states = windows.map(
      ({ budget, since }, at): BudgetState => budgetState(budget, since, uses[at] as never),
    )
    return { states, revision, at: now }
  }
  return {
    put: async given => {
      const budget = readBudget(given)
      await write(() => put(database, budget))
    },
    list: async options => {
      requireNow('budgets.list', options)
      return listBudgets(database)
    },
    remove: async name => write(() => removeBudget(database, name)),
    state: async query => {
      const { name } = readBudgetQuery(query)
      const wanted = listBudgets(database).filter(budget => name === undefined || budget.name === name)
      return (await statesOf(wanted)).states
    },
    check: async () => tellInSlices(database, await statesOf(listBudgets(database)), write),
    crossings: async query => crossingsOf(database, readBudgetQuery(query).name),
  }
}

function put(database: Database, budget: Budget): void {
  const before = findBudget(database, budget.name)
  if (sameJson(before, budget)) return
  if (before) forgetLevels(database, budget, isSameBudget(before, budget) ? levelNumbers(budget) : [])
  database.run(
    'INSERT OR REPLACE INTO budgets (name, budget_json) VALUES (?, ?)',
    budget.name,
    JSON.stringify(budget),
  )
  nextChange(database, { kind: 'budget', id: budget.name })
}

/** A level that a budget has no more is not left reached: it may be added again. */
function forgetLevels(database: Database, { name }: Budget, kept: readonly number[]): void {
  const sql = 'SELECT level FROM budget_levels WHERE name = ?'
  for (const { level } of database.all<{ level: number }>(sql, name))
    if (!kept.includes(level))
      database.run('DELETE FROM budget_levels WHERE name = ? AND level = ?', name, level)
}

const crossingsOf = (database: Database, name: string | undefined): BudgetCrossing[] =>
  database
    .all<{ crossing_json: string }>(
      `SELECT crossing_json FROM budget_crossings WHERE ? IS NULL OR name = ? ORDER BY id DESC LIMIT ${mostCrossings}`,
      name ?? null,
      name ?? null,
    )
    .map(row => JSON.parse(row.crossing_json) as BudgetCrossing)

/** Removes the budgets of an erased customer, and the crossings of budgets that have been replaced since. */
export function* erasingBudgets(database: Database, target: EraseTarget): Generator<Step, void> {
  for (const budget of listBudgets(database))
    if (isErasedBudget(budget, target))
      yield { weight: 300, run: () => removeIfErased(database, budget.name, target) }
  const crossings = database.all<{ id: number; crossing_json: string }>(
    'SELECT id, crossing_json FROM budget_crossings',
  )
  for (const { id, crossing_json } of crossings) {
    const { budget } = JSON.parse(crossing_json) as BudgetCrossing
    // Its id may belong to another crossing by now.
    const sql = 'DELETE FROM budget_crossings WHERE id = ? AND crossing_json = ?'
    if (isErasedBudget(budget, target))
      yield { weight: 1, run: () => void database.run(sql, id, crossing_json) }
  }
}

/** Since it was listed, the budget may have been replaced by one for another customer. */
function removeIfErased(database: Database, name: string, target: EraseTarget): void {
  const budget = findBudget(database, name)
  if (budget && isErasedBudget(budget, target)) removeBudget(database, name)
}
