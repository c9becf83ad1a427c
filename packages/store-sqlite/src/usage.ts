import type { Distribution, TokenUsage, UsageCost, UsageDimension, UsageQuery, UsageRow } from '@runtape/core'
import { messageOf, usageSubsets } from '@runtape/core/internal'
import { type Checked, calendar, calendarTime, exactSum, sumTooLarge } from '@runtape/core/store-helpers'
import { Conditions } from './conditions.ts'
import type { Database } from './database.ts'
import { type UsageSqlRow, usageSql } from './usage-sql.ts'

/**
 * The bill: one row for each group, in the order of the groups.
 *
 * @throws {RuntapeError} `sum-too-large`
 */
export function selectUsage(database: Database, query: Checked<UsageQuery>): UsageRow[] {
  const groupBy = [...new Set(query.groupBy ?? [])]
  const groups = groupBy.map(dimension => dimensions[dimension])
  const events = candidates(query)
  const runs = new Conditions()
    .add('true')
    .addIf(`${firstAt} >= ?`, query.since)
    .addIf(`${firstAt} < ?`, query.until)
    .addIf(`${dimensions.config} = ?`, query.configKey)
    .addIf(`${dimensions.contextKind} = ?`, query.contextKind)
    .addIf(`${dimensions.contextKey} = ?`, query.contextKey)
  const sql = usageSql({ groups, events: events.sql, runs: runs.sql })
  const rows = selectSums(() => database.select<UsageSqlRow>(sql, [...events.params, ...runs.params]))
  return rows.map(row => usageOfRow(row, groupBy))
}

/** Live events, among which is the first one of every run that counts: so that an index finds the runs. */
function candidates({ since, until, configKey }: Checked<UsageQuery>): Conditions {
  if (since === undefined && until === undefined && configKey === undefined)
    return new Conditions().add('true')
  const { sql, params } = new Conditions()
    .add("replay_trace_id = ''")
    .addIf('at >= ?', since)
    .addIf('at < ?', until)
    .addIf('config_key = ?', configKey)
  return new Conditions().add(`event.run_id IN (SELECT run_id FROM run_events WHERE ${sql})`, ...params)
}

const firstAt = 'min(event.at)'
const hourMs = 3_600_000
const dayMs = 24 * hourMs

/** Stands for the time of a run that no calendar holds; before all others, as its label is `''`. */
const noTime = -1e12

/** The number of the hour, day or second since the Unix epoch in which a run began; rounded down, also before 1970. */
const since1970 = (ms: number): string => `CASE WHEN ${firstAt} BETWEEN ${calendar.first} AND ${calendar.last}
          THEN CAST((${firstAt} - ${calendar.first}) / ${ms} AS INTEGER) + ${calendar.first / ms} ELSE ${noTime} END`

/** What each dimension is, over the live events of a run. */
const dimensions: Readonly<Record<UsageDimension, string>> = {
  // Numbers sort faster than texts: `labels` says what they stand for.
  hour: since1970(hourMs),
  day: since1970(dayMs),
  month: `coalesce(strftime('%Y-%m', nullif(${since1970(1000)}, ${noTime}), 'unixepoch'), '')`,
  config: firstKnown('config_key', 'IS NOT NULL'),
  variation: firstKnown('variation_key', 'IS NOT NULL'),
  version: firstKnown('version', 'IS NOT NULL'),
  model: firstKnown('model_name', "<> ''"),
  provider: firstKnown('provider_name', "<> ''"),
  contextKind: firstKnown('context_kind', 'IS NOT NULL'),
  contextKey: firstKnown('context_key', 'IS NOT NULL'),
}

/** What a row says of a dimension that is grouped by something shorter. */
const labels: Partial<Record<UsageDimension, (value: number) => string>> = {
  hour: hour => calendarTime(hour * hourMs).slice(0, 13),
  day: day => calendarTime(day * dayMs).slice(0, 10),
}

function groupOfRow(row: UsageSqlRow, groupBy: readonly UsageDimension[]): UsageRow['group'] {
  const entries = groupBy.map((dimension, index) => {
    const value = row[`group_${index}`]
    return [dimension, labels[dimension]?.(Number(value)) ?? String(value)]
  })
  return Object.fromEntries(entries)
}

/**
 * A resumed event knows no model and no context: the run has the first that is known. Mostly all events say the
 * same, and nothing has to be looked up.
 */
function firstKnown(column: string, isKnown: string): string {
  const known = `event.${column}) FILTER (WHERE event.${column} ${isKnown})`
  return `iif(min(${known} IS max(${known}, coalesce(min(${known}, ''), (
          SELECT known.${column} FROM run_events AS known
          WHERE known.run_id = event.run_id AND known.replay_trace_id = '' AND known.${column} ${isKnown}
          ORDER BY known.at, known.id LIMIT 1))`
}

/** Rows of sums; one beyond what even the database can hold is an error of its own. */
function selectSums<Row>(select: () => Row[]): Row[] {
  try {
    return select()
  } catch (error) {
    if (messageOf(error).includes('integer overflow'))
      throw sumTooLarge('tokens or cost', 'is too large', error)
    throw error
  }
}

function usageOfRow(row: UsageSqlRow, groupBy: readonly UsageDimension[]): UsageRow {
  const tokens = tokensOfRow(row)
  const cost = costOfRow(row)
  const durationMs = distribution(row.duration_count, row.duration_mean, row.duration_p50, row.duration_p95)
  const timeToFirstTokenMs = distribution(row.first_count, row.first_mean, row.first_p50, row.first_p95)
  return {
    group: groupOfRow(row, groupBy),
    runs: row.runs,
    succeeded: row.succeeded,
    failed: row.failed,
    cancelled: row.cancelled,
    unfinished: row.unfinished,
    unknownUsageRuns: row.unknown_usage,
    positive: row.positive,
    negative: row.negative,
    ...(tokens && { tokens }),
    ...(cost && { cost }),
    ...(durationMs && { durationMs }),
    ...(timeToFirstTokenMs && { timeToFirstTokenMs }),
  }
}

function tokensOfRow(row: UsageSqlRow): TokenUsage | undefined {
  const [input, output, total] = [sumOf(row, 'input'), sumOf(row, 'output'), sumOf(row, 'total')]
  if (input === undefined) return undefined
  const subsets = usageSubsets.flatMap(subset => {
    const sum = sumOf(row, subset)
    return sum === undefined ? [] : [[subset, sum]]
  })
  return { input, output: output ?? 0, total: total ?? 0, ...Object.fromEntries(subsets) }
}

function costOfRow(row: UsageSqlRow): UsageCost | undefined {
  const nanoUsd = sumOf(row, 'cost')
  return nanoUsd === undefined ? undefined : { nanoUsd, unpricedRuns: row.unpriced_runs }
}

function sumOf(row: UsageSqlRow, field: keyof TokenUsage | 'cost'): number | undefined {
  const sum = row[field]
  return sum === null ? undefined : exactSum(field, BigInt(sum))
}

function distribution(
  count: number,
  mean: number | null,
  p50: number | null,
  p95: number | null,
): Distribution | undefined {
  if (mean === null || p50 === null || p95 === null) return undefined
  return { count, mean, p50, p95 }
}
