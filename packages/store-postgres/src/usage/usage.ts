import { setImmediate as nextTurn } from 'node:timers/promises'
import type { UsageDimension, UsageQuery, UsageRow } from '@runtape/core/store'
import {
  type Checked,
  compareGroups,
  finishedRow,
  type UsageRowDraft,
  usageAdjustments,
} from '@runtape/core/store-helpers'
import type { Database, Queries } from '../database/database.ts'
import { type Moment, momentOf, now } from '../history/moment.ts'
import { requireUnpruned } from '../removal/require-unpruned.ts'
import { sortInTurns } from '../segments/sort-in-turns.ts'
import { draftOf, type GroupSums, sumNamed, together } from './group-sums.ts'
import { sumUp } from './sum-up.ts'

type Query = Checked<UsageQuery>

/** The billing query. */
export async function usageAt(database: Database, query: Query): Promise<UsageRow[]> {
  const moment = await momentOf(database, query.asOf)
  const { then, today } = await database.readMuch(async queries => {
    await requireUnpruned(queries, moment, query)
    const then = await sumUp(queries, query, moment)
    return { then, today: query.adjustments ? await sumUp(queries, query, now) : undefined }
  })
  const rows = await draftsOf(then, query)
  if (today === undefined) return rows.map(finishedRow)
  return usageAdjustments(rows, await draftsOf(today, query), query.groupBy ?? [])
}

/** The bill of a moment, in drafts. */
export const billAt = async (queries: Queries, query: Query, moment: Moment): Promise<UsageRowDraft[]> =>
  draftsOf(await sumUp(queries, query, moment), query)

/** The sort key of rows, highest first. An unknown value sorts below all numbers. */
const measures: Readonly<Record<NonNullable<UsageQuery['orderBy']>, (row: GroupSums) => number | bigint>> = {
  group: () => 0,
  runs: row => row.counts[0] ?? 0,
  cost: row => sumNamed(row, 'nano_usd') ?? -1,
  tokens: row => sumNamed(row, 'total_tokens') ?? -1,
}

/** Number of rows that are made in one turn. */
const rowsAtOnce = 500

/** The rows in the order of the query. Those beyond its limit share one more row. */
async function draftsOf(sums: readonly GroupSums[], query: Query): Promise<UsageRowDraft[]> {
  const { orderBy = 'group', limit = Infinity } = query
  const groupBy: readonly UsageDimension[] = query.groupBy ?? []
  const measured = sums.map(row => ({ row, measure: measures[orderBy](row) }))
  const inOrder = await sortInTurns(
    measured,
    (a, b) => compare(b.measure, a.measure) || compareGroups(a.row.group, b.row.group, groupBy),
  )
  const sorted = inOrder.map(({ row }) => row)
  const others = groupBy.length > 0 ? sorted.slice(limit) : []
  const drafts: UsageRowDraft[] = []
  for (const row of sorted.slice(0, sorted.length - others.length)) {
    const draft = draftOf(row)
    drafts.push(draft instanceof Promise ? await draft : draft)
    if (drafts.length % rowsAtOnce === 0) await nextTurn()
  }
  if (others.length === 0) return drafts
  return [...drafts, { ...(await draftOf(together(others, {}))), rest: others.length }]
}

const compare = (a: number | bigint, b: number | bigint): number => (a < b ? -1 : a > b ? 1 : 0)
