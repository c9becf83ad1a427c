import {
  budgetMark,
  type CopiedBudget,
  type CopyOutcome,
  isFromBefore,
  tombstoneOfBudget,
} from '@runtape/core/internal'
import { type BudgetCrossing, removalMark } from '@runtape/core/store'
import { isSameBudget, sameJson } from '@runtape/core/store-helpers'
import {
  contextKeyOf,
  deleteBudget,
  insertBudget,
  lockBudget,
  noteBudgets,
  readBudgets,
  replaceBudget,
} from '../../budgets/budget-rows.ts'
import { lockName } from '../../changes/note-change.ts'
import type { Queries } from '../../database/database.ts'
import { sql } from '../../database/sql.ts'
import { keyText } from '../../database/values.ts'
import { readTombstones } from '../../removal/tombstones.ts'
import type { WriteContext } from './write-context.ts'

/** A budget that is not as it was copied before stands. One of a customer who was erased here since stays away. */
export async function writeBudgets(
  { queries, gone }: WriteContext,
  entries: readonly CopiedBudget[],
): Promise<CopyOutcome> {
  const [fates, conflicts] = [{ copied: 0, known: 0 }, [] as string[]]
  const isErased = await erasedAmong(queries, entries)
  const refused: string[] = []
  for (const entry of entries) {
    if (isErased(entry.budget, entry.at)) {
      refused.push(`budget ${entry.budget.name}: its customer was erased here`)
      continue
    }
    const fate = await putBudget(queries, {
      ...entry,
      crossings: entry.crossings.filter(({ at, budget }) => !isErased(budget, at)),
    })
    if (fate === 'conflict') conflicts.push(`budget ${entry.budget.name}`)
    else fates[fate]++
  }
  if (gone.length > 0) fates.copied += await removeGone(queries, new Set(gone))
  return { ...fates, conflicts, ...(refused.length > 0 && { refused }) }
}

type IsErased = (budget: CopiedBudget['budget'], at: number | undefined) => boolean

/** Whether the customer of a budget from a time was erased since. */
async function erasedAmong(queries: Queries, entries: readonly CopiedBudget[]): Promise<IsErased> {
  const nameOf = (budget: CopiedBudget['budget']) => tombstoneOfBudget(budget) ?? ''
  const budgets = entries.flatMap(({ budget, crossings }) => [budget, ...crossings.map(one => one.budget)])
  const known = await readTombstones(queries, budgets.map(nameOf))
  return (budget, at = -Infinity) => isFromBefore(known.get(nameOf(budget))?.until, at)
}

async function putBudget(queries: Queries, entry: CopiedBudget): Promise<'copied' | 'known' | 'conflict'> {
  const { budget, before } = entry
  await lockName(queries, 'budget', keyText(budget.name))
  const isNew = await insertBudget(queries, budget)
  const known = isNew ? undefined : await lockBudget(queries, budget.name)
  const isSame = known !== undefined && sameJson(known, budget)
  if (known && !isSame && budgetMark(known) !== before) return 'conflict'
  if (known && !isSame) await replace(queries, known, entry)
  const added = (await addLevels(queries, entry)) + (await addCrossings(queries, entry))
  if (added > 0) await noteBudgets(queries, [budget.name])
  return isSame && added === 0 ? 'known' : 'copied'
}

async function replace(
  queries: Queries,
  known: CopiedBudget['budget'],
  { budget }: CopiedBudget,
): Promise<void> {
  if (!isSameBudget(known, budget))
    await queries.run(sql`DELETE FROM @budget_levels WHERE name = ${keyText(budget.name)}`)
  await replaceBudget(queries, budget)
}

/** Ids of events are of one store, so the next check here counts as later. */
async function addLevels(queries: Queries, { budget, levels }: CopiedBudget): Promise<number> {
  let added = 0
  for (const { level, isReached, at } of levels)
    added += await queries.run(
      sql`INSERT INTO @budget_levels AS known (name, level, version, is_reached, last_id, at)
        VALUES (${keyText(budget.name)}, ${level}, nextval('@ids'), ${isReached}, 0, ${Math.floor(at)})
        ON CONFLICT (name, level) DO UPDATE SET version = excluded.version, is_reached = excluded.is_reached,
          last_id = excluded.last_id, at = excluded.at
          WHERE known.at < excluded.at AND known.is_reached <> excluded.is_reached`,
    )
  return added
}

/** A crossing is the same if a check found it at the same time. Numbers go on from those that are here. */
async function addCrossings(queries: Queries, { budget, crossings }: CopiedBudget): Promise<number> {
  const key = keyText(budget.name)
  const rows = await queries.rows<{ crossing: string; number: number; level: number }>(
    sql`SELECT crossing, number, level FROM @budget_crossings WHERE name = ${key} ORDER BY id`,
  )
  const known = rows.map(({ crossing }) => JSON.parse(crossing) as BudgetCrossing)
  const fresh = crossings.filter(({ at, level }) => !known.some(one => one.at === at && one.level === level))
  const last = new Map(rows.map(({ level, number }) => [level, number]))
  for (const given of fresh) {
    const number = Math.max(given.number, (last.get(given.level) ?? 0) + 1)
    last.set(given.level, number)
    await queries.run(
      sql`INSERT INTO @budget_crossings (id, name, level, number, context_key, crossing)
        VALUES (nextval('@ids'), ${key}, ${given.level}, ${number}, ${contextKeyOf(given.budget)},
          ${JSON.stringify({ ...given, number })})`,
    )
  }
  return fresh.length
}

async function removeGone(queries: Queries, gone: ReadonlySet<string>): Promise<number> {
  const names = (await readBudgets(queries))
    .map(({ name }) => name)
    .filter(name => gone.has(removalMark('budget', name)))
  for (const name of names) {
    await lockName(queries, 'budget', keyText(name))
    await deleteBudget(queries, name)
  }
  return names.length
}
