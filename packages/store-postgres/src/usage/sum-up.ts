import { RuntapeError } from '@runtape/core'
import type { UsageDimension, UsageQuery, UsageRow } from '@runtape/core/store'
import type { Checked } from '@runtape/core/store-helpers'
import type { Queries } from '../database/database.ts'
import { joined, raw, type Sql, sql } from '../database/sql.ts'
import type { Moment } from '../history/moment.ts'
import { isDecidedBySegments } from '../segments/segment-filter.ts'
import { sumSegments } from '../segments/sum-segments.ts'
import { sumNames, sumsOfQuarters, sumsOfRuns } from './columns.ts'
import { byGroup, type GroupSums, type SumsRow, sumsOfRow } from './group-sums.ts'
import { isInQuarters, type Quarters, readQuarters } from './kept-quarters.ts'
import { type RunSource, runSource, sourceTable } from './source.ts'
import {
  groupOfRow,
  quarterMs,
  quarterOfRun,
  type TimeGroups,
  type TimeName,
  timeGroups,
  unitOf,
} from './times.ts'

type Query = Checked<UsageQuery>

/** What a bill is made of. */
interface Bill {
  readonly queries: Queries
  readonly query: Query
  readonly moment: Moment
  readonly groupBy: readonly UsageDimension[]
  readonly times: readonly TimeName[]
  readonly unitMs: number
  readonly source: RunSource
}

/** Sums up the runs of a query by its groups. */
export async function sumUp(queries: Queries, query: Query, moment: Moment): Promise<GroupSums[]> {
  const groupBy = [...new Set(query.groupBy ?? [])]
  const times = groupBy.filter(isTime)
  const unitMs = unitOf(times, query.bucketMs)
  const source = await runSource(queries, query, moment)
  const bill = { queries, query, moment, groupBy, times, unitMs, source }
  const isOfQuarters = unitMs === quarterMs && source.readsTable
  const isOfSums = isOfAll(query) && times.length === groupBy.length
  const quarters = isOfQuarters
    ? await readQuarters(queries, query, moment, isOfSums ? undefined : hasSegment(groupBy))
    : undefined
  const groups = await groupsOf(bill, quarters)
  const isKept = quarters && quarters.kept.length > 0 && (isOfSums || isDecidedBySegments(query))
  if (!isKept) return sumRuns(bill, groups)
  const parts = [await (isOfSums ? sumQuarters : sumByColumn)(bill, groups, quarters.kept)]
  if (quarters.changed.length + source.others.length > 0)
    parts.push(await sumRuns(bill, groups, isInQuarters(quarters.changed)))
  // Without groups, there is one row even if there are no runs.
  return parts.length === 1 && !isOfSums ? (parts[0] ?? []) : byGroup(parts.flat())
}

const isTime = (dimension: UsageDimension): dimension is TimeName =>
  ['bucket', 'hour', 'day', 'month'].includes(dimension)

/** The members of a query that are no filter, or one of time. */
const others: ReadonlySet<string> = new Set([
  ...['groupBy', 'since', 'until', 'asOf', 'adjustments', 'timeZone', 'bucketMs', 'orderBy', 'limit'],
])

const isOfAll = (query: Query): boolean =>
  Object.entries(query).every(([name, value]) => value === undefined || others.has(name))

async function groupsOf(bill: Bill, quarters: Quarters | undefined): Promise<TimeGroups> {
  const { query, times, unitMs } = bill
  if (times.length === 0)
    return { labels: [[]], ofUnit: new Map((quarters?.kept ?? []).map(each => [each, 0])) }
  const ofOthers = bill.source.others.map(({ first_at }) => unitAt(Number(first_at), unitMs))
  const ofTable = bill.source.readsTable ? (quarters?.all ?? (await unitsOf(bill))) : []
  return timeGroups(
    [...new Set([...ofTable, ...ofOthers])].sort((a, b) => a - b),
    unitMs,
    times,
    query,
  )
}

const unitAt = (at: number, unitMs: number): number => Math.floor(Math.floor(at) / unitMs)

const unitOfRun = (unitMs: number): Sql =>
  unitMs === quarterMs ? quarterOfRun : raw(`floor(floor(run.first_at) / ${unitMs})`)

/** The units of time in which the runs began. */
async function unitsOf({ queries, query, moment, unitMs, source }: Bill): Promise<number[]> {
  const rows = await queries.rows<{ unit: number }>(
    sql`SELECT DISTINCT ${unitOfRun(unitMs)} AS unit FROM ${sourceTable(source, query, moment)}`,
  )
  return rows.map(({ unit }) => unit)
}

/** A run of several models has a part for each. */
const hasSegment = (groupBy: readonly UsageDimension[]): Sql =>
  raw(groupBy.includes('model') ? 'kept.has_segment AND NOT kept.has_parts' : 'kept.has_segment')

const sumByColumn = (
  { queries, query, groupBy, times }: Bill,
  groups: TimeGroups,
  quarters: readonly number[],
): Promise<GroupSums[]> =>
  sumSegments(queries, {
    ...{ query, groupBy, quarters },
    timesOf: quarter => groupOf(groups, times, groups.ofUnit.get(quarter) ?? null),
  })

/** A day: the values of longer periods would be too much for one row. */
const quartersAtOnce = 96

async function sumQuarters(
  { queries, times }: Bill,
  groups: TimeGroups,
  kept: readonly number[],
): Promise<GroupSums[]> {
  const isKept = new Set(kept)
  const ofUnit = new Map([...groups.ofUnit].filter(([quarter]) => isKept.has(quarter)))
  const { column, join } = groupOfRow(raw('kept.quarter'), { ...groups, ofUnit })
  const rows = await queries.rows<SumsRow>(
    sql`SELECT number, ${raw(sumsOfQuarters.join(', '))} FROM (
        SELECT kept.*, ${column} AS number FROM @usage_quarters AS kept ${join}
      ) AS kept WHERE number IS NOT NULL GROUP BY number, ${raw(`floor(quarter / ${quartersAtOnce})`)}`,
  )
  return rows.map(row => sumsOfRow(row, groupOf(groups, times, row.number)))
}

const groupOf = (
  { labels }: TimeGroups,
  times: readonly TimeName[],
  number: SumsRow[string] | undefined,
): UsageRow['group'] => {
  // Every run has its quarter noted. A bill that lacks one must not pass for a whole one.
  if (times.length > 0 && number === null)
    throw new RuntapeError(
      'store-unusable',
      'The bill cannot be made: a run began in a quarter of an hour that usage_changes and usage_quarters do not name. Enable the triggers of the table runs, and add its quarters to usage_changes.',
    )
  return Object.fromEntries(times.map((name, index) => [name, labels[Number(number)]?.[index] ?? '']))
}

const groupColumns: Readonly<Record<Exclude<UsageDimension, TimeName>, string>> = {
  config: 'run.config_key',
  variation: 'run.variation_key',
  version: 'run.version::text',
  model: 'booking.model',
  provider: 'run.provider',
  contextKind: `coalesce(run.context_kind, '')`,
  contextKey: `coalesce(run.context_key, '')`,
}

/** Sums over runs, one row for each group. */
async function sumRuns(bill: Bill, groups: TimeGroups, within?: Sql): Promise<GroupSums[]> {
  const { queries, query, moment, groupBy, times, unitMs, source } = bill
  const others = groupBy.filter(dimension => !isTime(dimension))
  const time = groupOfRow(unitOfRun(unitMs), groups)
  const columns = [
    ...(times.length > 0 ? [sql`${time.column} AS number`] : []),
    ...others.map(dimension => raw(`${groupColumns[dimension]} AS ${nameOf(dimension)}`)),
  ]
  const names = [...(times.length > 0 ? ['number'] : []), ...others.map(nameOf)]
  const table = sourceTable(source, query, moment, within)
  const join = times.length > 0 ? time.join : raw('')
  const parts = partsOf(columns, sql`${table} ${join}`, groupBy.includes('model'))
  const by = raw(names.length > 0 ? `GROUP BY ${names.join(', ')}` : '')
  const rows = await queries.rows<SumsRow>(
    sql`SELECT ${raw([...names, ...sumsOfRuns].join(', '))} FROM (${parts}) AS part ${by}`,
  )
  return rows.map(row => {
    const own = Object.fromEntries(others.map(dimension => [dimension, String(row[nameOf(dimension)])]))
    const all = { ...own, ...groupOf(groups, times, row.number) }
    return sumsOfRow(row, Object.fromEntries(groupBy.map(dimension => [dimension, all[dimension] ?? ''])))
  })
}

const nameOf = (dimension: UsageDimension): string => `group_${dimension.toLowerCase()}`

/** What each run adds to the bill: one row, or by model one for each of its models. */
function partsOf(groups: readonly Sql[], source: Sql, byModel: boolean): Sql {
  const columns = joined([...groups, facts], ', ')
  if (!byModel) return sql`SELECT ${columns}, ${own} FROM ${source}`
  return sql`SELECT ${columns}, ${own} FROM ${source} CROSS JOIN LATERAL (SELECT run.model) AS booking WHERE run.parts IS NULL
    UNION ALL SELECT ${columns}, ${ofBooking} FROM ${source} CROSS JOIN LATERAL (${bookings}) AS booking WHERE run.parts IS NOT NULL`
}

const facts = raw('run.outcome, run.feedback, run.is_unpriced, run.is_unknown, run.duration_ms, run.ttft_ms')
const own = raw(`true AS is_own, ${sumNames.map(name => `run.${name}`).join(', ')}`)
const ofBooking = raw(`booking.is_own, ${sumNames.map(name => `booking.${name}`).join(', ')}`)

/** The bookings of a run that used several models are in `parts`, its own first. */
const bookings =
  raw(`SELECT part.value->>'model' AS model, part.place = 1 AS is_own, ${sumNames.map(name => `(part.value->>'${name}')::numeric AS ${name}`).join(', ')}
  FROM json_array_elements(run.parts::json) WITH ORDINALITY AS part(value, place)`)
