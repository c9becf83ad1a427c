import type { BudgetCrossing, BudgetState } from '@runtape/core/store'
import { crossingOf, mostCrossings } from '@runtape/core/store-helpers'
import type { Queries } from '../database/database.ts'
import { sql } from '../database/sql.ts'
import { keyText } from '../database/values.ts'
import { contextKeyOf } from './budget-rows.ts'

/** Adds a crossing of a locked budget. */
export async function insertCrossing(
  queries: Queries,
  state: BudgetState,
  level: number,
  at: number,
): Promise<BudgetCrossing> {
  const key = keyText(state.budget.name)
  const [last] = await queries.rows<{ number: number | null }>(
    sql`SELECT max(number) AS number FROM @budget_crossings WHERE name = ${key} AND level = ${level}`,
  )
  const crossing = crossingOf(state, level, at, (last?.number ?? 0) + 1)
  await queries.run(
    sql`INSERT INTO @budget_crossings (id, name, level, number, context_key, crossing)
      VALUES (nextval('@ids'), ${key}, ${level}, ${crossing.number}, ${contextKeyOf(state.budget)}, ${JSON.stringify(crossing)})`,
  )
  await pruneCrossings(queries, key)
  return crossing
}

/** Keeps the newest crossings of a budget, and the last of each level, which has its number. */
const pruneCrossings = (queries: Queries, key: string): Promise<number> =>
  queries.run(
    sql`DELETE FROM @budget_crossings AS old WHERE name = ${key}
      AND id <= (SELECT id FROM @budget_crossings WHERE name = ${key} ORDER BY id DESC LIMIT 1 OFFSET ${mostCrossings}::int)
      AND number < (SELECT max(number) FROM @budget_crossings AS own WHERE own.name = old.name AND own.level = old.level)`,
  )

/** The newest crossings of the budget of this name, or of all. */
export async function readCrossings(queries: Queries, name?: string): Promise<BudgetCrossing[]> {
  const of = name === undefined ? sql`true` : sql`name = ${keyText(name)}`
  const rows = await queries.rows<{ crossing: string }>(
    sql`SELECT crossing FROM @budget_crossings WHERE ${of} ORDER BY id DESC LIMIT ${mostCrossings}::bigint`,
  )
  return rows.map(({ crossing }) => JSON.parse(crossing) as BudgetCrossing)
}
