import { budgetMark, type CopiedBudget, type CopyOutcome, tombstoneOfBudget } from '@runtape/core/internal'
import { removalMark } from '@runtape/core/store'
import { sameJson } from '@runtape/core/store-helpers'
import { findBudget, listBudgets, removeBudget } from '../../budgets/budget-rows.ts'
import { putCrossing, putLevel, putBudget as putRow } from '../../carrying/carry-budgets.ts'
import type { Database } from '../../database/database.ts'
import { Tombstones } from '../../removal/tombstones.ts'
import { outcomeOf } from './outcomes.ts'
import type { WriteContext } from './write-context.ts'

/** A budget that is not as it was copied before stands. One of a customer who was erased here since stays away. */
export function writeBudgets(
  { database, gone }: WriteContext,
  entries: readonly CopiedBudget[],
): CopyOutcome {
  const marks = new Set(gone)
  for (const { name } of listBudgets(database))
    if (marks.has(removalMark('budget', name))) removeBudget(database, name)
  const book = new Tombstones(database)
  const isErased = (budget: CopiedBudget['budget'], at = -Infinity) =>
    book.covers(tombstoneOfBudget(budget) ?? '', at)
  return outcomeOf(
    entries,
    ({ budget }) => `budget ${budget.name}`,
    entry => {
      if (isErased(entry.budget, entry.at)) return { refused: 'its customer was erased here' }
      const crossings = entry.crossings.filter(({ at, budget }) => !isErased(budget, at))
      return putBudget(database, { ...entry, crossings })
    },
  )
}

function putBudget(database: Database, { budget, before, levels, crossings }: CopiedBudget) {
  const known = findBudget(database, budget.name)
  const isSame = known !== undefined && sameJson(known, budget)
  if (known && !isSame && budgetMark(known) !== before) return 'conflict'
  const { name } = budget
  const fates = [
    ...(isSame ? [] : [putRow(database, { name, budget_json: JSON.stringify(budget) })]),
    ...levels.map(({ level, isReached, at }) =>
      putLevel(database, { name, level, is_reached: Number(isReached), event_id: 0, price_id: 0, at }),
    ),
    ...crossings.map(crossing =>
      putCrossing(database, { name, level: crossing.level, crossing_json: JSON.stringify(crossing) }),
    ),
  ]
  return fates.includes('copied') ? 'copied' : 'known'
}
