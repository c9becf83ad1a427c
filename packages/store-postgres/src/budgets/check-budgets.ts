import type { BudgetCrossing, BudgetState } from '@runtape/core/store'
import { budgetState, levelsOf, sameJson, windowStart } from '@runtape/core/store-helpers'
import type { Database, Queries } from '../database/database.ts'
import { sql } from '../database/sql.ts'
import { keyText } from '../database/values.ts'
import { receivedNow } from '../history/received-now.ts'
import { lockBudget, noteBudgets, readBudgets } from './budget-rows.ts'
import { readBudgetUses } from './budget-uses.ts'
import { insertCrossing } from './crossings.ts'
import { type Level, type Levels, putLevel, readLevels } from './levels.ts'

/** What a check reads, all of it in one snapshot. */
export interface Found {
  readonly states: readonly BudgetState[]
  readonly levels: Levels
  /** By the clock of the server, so that all machines mean the same windows. */
  readonly at: number
  /** Id of the newest run event. */
  readonly lastId: number
}

/** The states of the budget of this name, or of all. */
export async function statesOf(queries: Queries, name?: string): Promise<Found> {
  const budgets = await readBudgets(queries, name)
  const [clock] = await queries.rows<{ at: number; last_id: number }>(
    sql`SELECT ${receivedNow} AS at, coalesce(max(id), 0) AS last_id FROM @run_events`,
  )
  const { at, last_id: lastId } = clock as { at: number; last_id: number }
  const windows = budgets.map(budget => ({ budget, since: windowStart(budget.window, at) }))
  const uses = await readBudgetUses(queries, windows)
  const states = windows.map(({ budget, since }, place) => budgetState(budget, since, uses[place] as never))
  return { states, levels: await readLevels(queries, name), at, lastId }
}

/** A level that a check found reached or left. */
interface LevelChange {
  readonly level: number
  readonly isReached: boolean
  readonly before: Level | undefined
}

function changesOf(state: BudgetState, { levels, at, lastId }: Found): LevelChange[] {
  const known = levels.get(keyText(state.budget.name))
  return levelsOf(state).flatMap(({ level, isReached }) => {
    const before = known?.get(level)
    if (isReached === (before?.isReached ?? false)) return []
    // A clock that was set back must not repeat what it said before, unless there are new events.
    const isOlder = before !== undefined && before.lastId >= lastId && before.at > at
    return isOlder ? [] : [{ level, isReached, before }]
  })
}

/** Number of budgets whose changes are written in one transaction. */
const atOnce = 32

/** Records the levels that were reached or left, a few budgets at a time, and resolves to the crossings. */
export async function checkBudgets(database: Database): Promise<BudgetCrossing[]> {
  const found = await database.read(queries => statesOf(queries))
  const changed = found.states.filter(state => changesOf(state, found).length > 0)
  const told: BudgetCrossing[] = []
  for (let at = 0; at < changed.length; at += atOnce) {
    const some = changed.slice(at, at + atOnce)
    try {
      told.push(...(await database.write(queries => tell(queries, found, some), ['append', 'shared'])))
    } catch (error) {
      // What was told is recorded, and is not told again. The next check tells the others, or fails at once.
      if (told.length > 0) return told
      throw error
    }
  }
  return told
}

/** Records the changes of these budgets, unless another process has. */
export async function tell(
  queries: Queries,
  found: Found,
  states: readonly BudgetState[],
): Promise<BudgetCrossing[]> {
  const told: BudgetCrossing[] = []
  // By name, so that two transactions never wait for each other.
  for (const state of states) {
    const current = await lockBudget(queries, state.budget.name)
    if (!sameJson(current, state.budget)) continue
    for (const crossing of await tellOne(queries, found, state)) told.push(crossing)
  }
  return told
}

async function tellOne(queries: Queries, found: Found, state: BudgetState): Promise<BudgetCrossing[]> {
  const { name } = state.budget
  const crossings: BudgetCrossing[] = []
  let isChanged = false
  for (const { level, isReached, before } of changesOf(state, found)) {
    if (!(await putLevel(queries, name, { level, isReached, before, ...found }))) continue
    isChanged = true
    if (isReached) crossings.push(await insertCrossing(queries, state, level, found.at))
  }
  if (isChanged) await noteBudgets(queries, [name])
  return crossings
}
