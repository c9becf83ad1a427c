import type { UsageDimension, UsageQuery, UsageRow } from '@runtape/core/store'
import {
  type Checked,
  compareGroups,
  finishedRow,
  type UsageRowDraft,
  usageAdjustments,
} from '@runtape/core/store-helpers'
import type { Database, Queries } from '../database/database.ts'
import { joined, raw, type Sql, sql } from '../database/sql.ts'
import { type Moment, momentOf, now } from '../history/moment.ts'
import { requireUnpruned } from '../removal/require-unpruned.ts'
import { usageColumns } from '../runs/run-row.ts'
import { runSource } from './source.ts'
import { draftOf, nameOf, type SumsRow, sumColumns } from './sums.ts'
import { type TimeName, timeJoin } from './time-groups.ts'

type Query = Checked<UsageQuery>

/** The billing query. */
export async function usageAt(database: Database, query: Query): Promise<UsageRow[]> {
  const moment = await momentOf(database, query.asOf)
  return database.read(async queries => {
    await requireUnpruned(queries, moment, query)
    const then = await billAt(queries, query, moment)
    if (!query.adjustments) return then.map(finishedRow)
    return usageAdjustments(then, await billAt(queries, query, now), query.groupBy ?? [])
  })
}

/** The bill of a moment, in drafts. */
export async function billAt(queries: Queries, query: Query, moment: Moment): Promise<UsageRowDraft[]> {
  const bill = await billOf(queries, query, moment)
  const rows = await bill.select(raw('true'))
  if (bill.groupBy.length === 0) return rows
  return inOrder(rows, query, bill)
}

/** One way to sum up runs. */
interface Bill {
  readonly groupBy: readonly UsageDimension[]
  /** The rows of the groups that pass a condition on `part`. */
  select(condition: Sql, isRest?: boolean): Promise<UsageRowDraft[]>
}

async function billOf(queries: Queries, query: Query, moment: Moment): Promise<Bill> {
  const groupBy = [...new Set(query.groupBy ?? [])]
  const source = await runSource(queries, query, moment)
  const times = groupBy.filter(isTime)
  const join = await timeJoin(queries, source, times, query)
  const parts = partsOf(source, join, groupBy)
  return {
    groupBy,
    select: async (condition, isRest = false) => {
      const names = isRest ? [] : groupBy.map(nameOf)
      const by = names.length > 0 ? raw(`GROUP BY ${names.join(', ')}`) : raw('')
      const rows = await queries.rows<SumsRow>(
        sql`SELECT ${raw([...names, ...sumColumns].join(', '))} FROM (${parts}) AS part WHERE ${condition} ${by}`,
      )
      return rows.map(row => draftOf(row, isRest ? [] : groupBy))
    },
  }
}

const isTime = (dimension: UsageDimension): dimension is TimeName =>
  ['bucket', 'hour', 'day', 'month'].includes(dimension)

const groupColumns: Readonly<Record<UsageDimension, string>> = {
  bucket: 'times.bucket_label',
  hour: 'times.hour_label',
  day: 'times.day_label',
  month: 'times.month_label',
  config: 'run.config_key',
  variation: 'run.variation_key',
  version: 'run.version::text',
  model: 'booking.model',
  provider: 'run.provider',
  contextKind: `coalesce(run.context_kind, '')`,
  contextKey: `coalesce(run.context_key, '')`,
}

const tokenColumns = Object.values(usageColumns)

/** What each run adds to the bill: one row, or by model one for each of its models. */
function partsOf(source: Sql, join: Sql, groupBy: readonly UsageDimension[]): Sql {
  const byModel = groupBy.includes('model')
  const groups = groupBy.map(dimension => raw(`${groupColumns[dimension]} AS ${nameOf(dimension)}`))
  const facts = raw(
    'run.outcome, run.feedback, run.is_unpriced, run.is_unknown, run.duration_ms, run.ttft_ms',
  )
  const numbers = [...tokenColumns, 'nano_usd']
  const own = raw(`true AS is_own, ${numbers.map(name => `run.${name}`).join(', ')}`)
  if (!byModel) return sql`SELECT ${joined([...groups, facts, own], ', ')} FROM ${source} ${join}`
  const ofBooking = raw(`booking.is_own, ${numbers.map(name => `booking.${name}`).join(', ')}`)
  return sql`SELECT ${joined([...groups, facts, ofBooking], ', ')} FROM ${source} ${join} CROSS JOIN LATERAL (${bookings()}) AS booking`
}

/** The bookings of a run that used several models are in `parts`, its own first. */
function bookings(): Sql {
  const numbers = [...tokenColumns, 'nano_usd']
  const single = numbers.map(name => `run.${name}`).join(', ')
  const several = numbers.map(name => `(part.value->>'${name}')::numeric`).join(', ')
  return raw(`SELECT run.model, true AS is_own, ${single} WHERE run.parts IS NULL
    UNION ALL
    SELECT part.value->>'model', part.place = 1, ${several}
    FROM json_array_elements(run.parts::json) WITH ORDINALITY AS part(value, place) WHERE run.parts IS NOT NULL`)
}

/** The sort key of rows, highest first. An unknown value sorts below all numbers. */
const measures: Readonly<Record<NonNullable<UsageQuery['orderBy']>, (row: UsageRow) => number>> = {
  group: () => 0,
  runs: row => row.runs,
  cost: row => row.cost?.nanoUsd ?? -1,
  tokens: row => row.tokens?.total ?? -1,
}

/** The rows in the order of the query. Those beyond its limit share one more row. */
async function inOrder(
  rows: readonly UsageRowDraft[],
  { orderBy = 'group', limit = Infinity }: Query,
  bill: Bill,
): Promise<UsageRowDraft[]> {
  const { groupBy } = bill
  const measure = measures[orderBy]
  const sorted = rows.toSorted((a, b) => measure(b) - measure(a) || compareGroups(a.group, b.group, groupBy))
  const [first, others] = [sorted.slice(0, limit), sorted.slice(limit)]
  if (others.length === 0) return sorted
  const [rest] = await bill.select(isNoneOf(first, groupBy), true)
  return rest ? [...first, { ...rest, rest: others.length }] : first
}

function isNoneOf(rows: readonly UsageRowDraft[], groupBy: readonly UsageDimension[]): Sql {
  const names = groupBy.map(nameOf)
  const lists = groupBy.map(dimension => sql`${rows.map(row => row.group[dimension])}::text[]`)
  return sql`NOT EXISTS (SELECT 1 FROM unnest(${joined(lists, ', ')}) AS listed(${raw(names.join(', '))})
    WHERE ${raw(names.map(name => `listed.${name} = part.${name}`).join(' AND '))})`
}
