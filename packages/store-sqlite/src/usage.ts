import {
  type Distribution,
  RuntapeError,
  type TokenUsage,
  type UsageDimension,
  type UsageQuery,
  type UsageRow,
} from '@runtape/core'
import { Conditions } from './conditions.ts'
import type { Database } from './database.ts'
import { type UsageSqlRow, usageSql } from './usage-sql.ts'

/** The bill: one row for each group, in the order of the groups. */
export function selectUsage(database: Database, query: UsageQuery): UsageRow[] {
  const groupBy = [...new Set(query.groupBy ?? [])]
  const where = new Conditions()
    .add("first.replay_trace_id = ''")
    .addIf('first.at >= ?', query.since)
    .addIf('first.at < ?', query.until)
    .addIf('first.config_key = ?', query.configKey)
  const columns = groupBy.map(columnOf)
  const rows = database.select<UsageSqlRow>(usageSql(columns, where.sql), where.params)
  return rows.map(row => usageOfRow(row, groupBy))
}

/** What each dimension is, of the first event of a run. */
const dimensions: Readonly<Record<UsageDimension, string>> = {
  hour: timeCut('%Y-%m-%dT%H'),
  day: timeCut('%Y-%m-%d'),
  month: timeCut('%Y-%m'),
  config: 'first.config_key',
  variation: 'first.variation_key',
  version: 'first.version',
  model: firstKnown('model_name', "<> ''"),
  provider: firstKnown('provider_name', "<> ''"),
  contextKind: firstKnown('context_kind', 'IS NOT NULL'),
  contextKey: firstKnown('context_key', 'IS NOT NULL'),
}

function columnOf(dimension: UsageDimension): string {
  if (Object.hasOwn(dimensions, dimension)) return dimensions[dimension]
  throw new RuntapeError(
    'invalid-option',
    `groupBy cannot cut by "${String(dimension)}". Use some of ${Object.keys(dimensions).join(', ')}.`,
  )
}

function timeCut(format: string): string {
  return `strftime('${format}', CAST(first.at / 1000 AS INTEGER), 'unixepoch')`
}

/** A resumed event knows no model and no context: the run has the first that is known. */
function firstKnown(column: string, isKnown: string): string {
  return `coalesce((
      SELECT known.${column} FROM run_events AS known
      WHERE known.run_id = first.run_id AND known.replay_trace_id = '' AND known.${column} ${isKnown}
      ORDER BY known.at, known.id LIMIT 1), '')`
}

function usageOfRow(row: UsageSqlRow, groupBy: readonly UsageDimension[]): UsageRow {
  const tokens = tokensOfRow(row)
  const durationMs = distribution(row.duration_count, row.duration_mean, row.duration_p50, row.duration_p95)
  const timeToFirstTokenMs = distribution(row.first_count, row.first_mean, row.first_p50, row.first_p95)
  return {
    group: Object.fromEntries(groupBy.map((dimension, index) => [dimension, String(row[`group_${index}`])])),
    runs: row.runs,
    succeeded: row.succeeded,
    failed: row.failed,
    positive: row.positive,
    negative: row.negative,
    ...(tokens && { tokens }),
    ...(durationMs && { durationMs }),
    ...(timeToFirstTokenMs && { timeToFirstTokenMs }),
  }
}

function tokensOfRow(row: UsageSqlRow): TokenUsage | undefined {
  if (row.input === null) return undefined
  return {
    input: row.input,
    output: row.output ?? 0,
    total: row.total ?? 0,
    ...(row.cachedInput !== null && { cachedInput: row.cachedInput }),
    ...(row.cacheWrite !== null && { cacheWrite: row.cacheWrite }),
    ...(row.reasoning !== null && { reasoning: row.reasoning }),
  }
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
