import type { Budget, Store } from '@runtape/core/store'
import {
  isSameBudget,
  levelNumbers,
  readBudget,
  readBudgetQuery,
  requireNow,
  sameJson,
} from '@runtape/core/store-helpers'
import { lockName } from '../changes/note-change.ts'
import type { Database, Queries } from '../database/database.ts'
import { keyText } from '../database/values.ts'
import { deleteBudget, insertBudget, lockBudget, readBudgets, replaceBudget } from './budget-rows.ts'
import { checkBudgets, statesOf } from './check-budgets.ts'
import { readCrossings } from './crossings.ts'
import { keepLevels } from './levels.ts'

/** The `budgets` part of the store. */
export const budgetsPart = (database: Database): Store['budgets'] => ({
  put: async given => {
    const budget = readBudget(given)
    await database.write(queries => putBudget(queries, budget), ['append', 'shared'])
  },
  list: async options => {
    requireNow('budgets.list', options)
    return database.read(queries => readBudgets(queries))
  },
  remove: async name => database.write(queries => removeBudget(queries, name), ['append', 'shared']),
  state: async query => {
    const { name } = readBudgetQuery(query)
    return (await database.read(queries => statesOf(queries, name))).states
  },
  check: async () => checkBudgets(database),
  crossings: async query => {
    const { name } = readBudgetQuery(query)
    return database.read(queries => readCrossings(queries, name))
  },
})

async function putBudget(queries: Queries, budget: Budget): Promise<void> {
  await lockName(queries, 'budget', keyText(budget.name))
  // An erasure may remove it in between.
  while (!(await insertBudget(queries, budget))) {
    const before = await lockBudget(queries, budget.name)
    if (before === undefined) continue
    if (sameJson(before, budget)) return
    await keepLevels(queries, budget.name, isSameBudget(before, budget) ? levelNumbers(budget) : [])
    return replaceBudget(queries, budget)
  }
}

async function removeBudget(queries: Queries, name: string): Promise<boolean> {
  await lockName(queries, 'budget', keyText(name))
  if ((await lockBudget(queries, name)) === undefined) return false
  return deleteBudget(queries, name)
}
