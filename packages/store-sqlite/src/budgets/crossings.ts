import type { BudgetCrossing, BudgetState } from '@runtape/core/store'
import { crossingOf, levelsOf, mostCrossings } from '@runtape/core/store-helpers'
import type { Database } from '../database/database.ts'
import { otherWork } from '../database/other-work.ts'
import { nextChange } from '../history/next-change.ts'
import type { RunRevision } from '../history/revisions.ts'

/** The states of budgets, with the revision and time that they are as of. */
export interface Found {
  readonly states: readonly BudgetState[]
  readonly revision: RunRevision
  readonly at: number
}

interface LevelRow {
  readonly is_reached: number
  readonly event_id: number
  readonly price_id: number
  readonly at: number
}

const levelOf = (database: Database, name: string, level: number): LevelRow | undefined =>
  database.get(
    'SELECT is_reached, event_id, price_id, at FROM budget_levels WHERE name = ? AND level = ?',
    name,
    level,
  )

const isChange = (row: LevelRow | undefined, isReached: boolean): boolean =>
  isReached ? row?.is_reached !== 1 : row?.is_reached === 1

/** Whether a level was reached or left since the last check. Usually none was, and a check then writes nothing. */
const hasChanges = (database: Database, { states }: Found): boolean =>
  states.some(state =>
    levelsOf(state).some(({ level, isReached }) =>
      isChange(levelOf(database, state.budget.name, level), isReached),
    ),
  )

/** Number of budgets that are compared at a time, and whose changes are written in one transaction. */
const atOnce = 32

/**
 * Records the levels that were reached or left, a few budgets at a time, and resolves to the crossings.
 *
 * @param write runs its argument in a transaction
 */
export async function tellInSlices(
  database: Database,
  found: Found,
  write: <T>(work: () => T) => Promise<T>,
): Promise<BudgetCrossing[]> {
  const told: BudgetCrossing[] = []
  for (let at = 0; at < found.states.length; at += atOnce) {
    if (at > 0) await otherWork()
    const some = { ...found, states: found.states.slice(at, at + atOnce) }
    try {
      if (hasChanges(database, some)) told.push(...(await write(() => tellCrossings(database, some))))
    } catch (error) {
      // What was told is recorded, and is not told again. The next check tells the others, or fails at once.
      if (told.length > 0) return told
      throw error
    }
  }
  return told
}

/** Records levels that were reached or left, and returns the crossings. Call inside a transaction. */
export function tellCrossings(database: Database, found: Found): BudgetCrossing[] {
  const isCurrent = (state: BudgetState) =>
    database.get<{ budget_json: string }>('SELECT budget_json FROM budgets WHERE name = ?', state.budget.name)
      ?.budget_json === JSON.stringify(state.budget)
  return found.states.filter(isCurrent).flatMap(state =>
    levelsOf(state).flatMap(({ level, isReached }) => {
      const row = levelOf(database, state.budget.name, level)
      if (!isChange(row, isReached) || (row && isOlder(found, row))) return []
      putLevel(database, state, { level, isReached }, found)
      nextChange(database, { kind: 'budget', id: state.budget.name })
      return isReached ? insertCrossing(database, state, level, found.at) : []
    }),
  )
}

/** Whether another process has already recorded a later read of this level. */
const isOlder = ({ revision: { eventId, priceId }, at }: Found, row: LevelRow): boolean =>
  eventId - row.event_id || priceId - row.price_id
    ? (eventId - row.event_id || priceId - row.price_id) < 0
    : at < row.at

function putLevel(
  database: Database,
  { budget }: BudgetState,
  { level, isReached }: { readonly level: number; readonly isReached: boolean },
  { revision, at }: Found,
): void {
  database.run(
    `INSERT OR REPLACE INTO budget_levels (name, level, is_reached, event_id, price_id, at)
     VALUES (?, ?, ?, ?, ?, ?)`,
    budget.name,
    level,
    Number(isReached),
    revision.eventId,
    revision.priceId,
    at,
  )
}

function insertCrossing(database: Database, state: BudgetState, level: number, at: number): BudgetCrossing {
  const { name } = state.budget
  const last = database.get<{ number: number | null }>(
    'SELECT max(number) AS number FROM budget_crossings WHERE name = ? AND level = ?',
    name,
    level,
  )
  const crossing = crossingOf(state, level, at, (last?.number ?? 0) + 1)
  database.run(
    'INSERT INTO budget_crossings (name, level, number, crossing_json) VALUES (?, ?, ?, ?)',
    name,
    level,
    crossing.number,
    JSON.stringify(crossing),
  )
  pruneCrossings(database, name)
  return crossing
}

/** Keeps the newest crossings of a budget, and the last of each level, which has its number. */
const pruneCrossings = (database: Database, name: string): unknown =>
  database.run(
    `DELETE FROM budget_crossings WHERE name = ?
       AND id <= (SELECT id FROM budget_crossings WHERE name = ? ORDER BY id DESC LIMIT 1 OFFSET ${mostCrossings})
       AND number < (SELECT max(number) FROM budget_crossings AS own
         WHERE own.name = budget_crossings.name AND own.level = budget_crossings.level)`,
    name,
    name,
  )
