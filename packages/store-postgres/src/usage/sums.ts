import type { TokenUsage } from '@runtape/core'
import type { Distribution, UsageDimension } from '@runtape/core/store'
import { exactSum, type UsageRowDraft } from '@runtape/core/store-helpers'
import { usageColumns } from '../runs/run-row.ts'

/** The column of a dimension in `part`. */
export const nameOf = (dimension: UsageDimension): string => `group_${dimension.toLowerCase()}`

/** Sums over the parts of one row of usage. Sums of tokens and cost are decimal texts. */
export type SumsRow = Readonly<Record<string, string | number | null>>

const countOf = (name: string, condition: string): string =>
  `count(*) FILTER (WHERE is_own AND ${condition}) AS ${name}`

// Percentiles use the nearest rank. Values are added in ascending order, so that the sum is the same everywhere.
const distributionColumns = (column: string): string[] => {
  const values = `FILTER (WHERE is_own AND ${column} IS NOT NULL)`
  const rank = (percent: number) =>
    `(array_agg(${column} ORDER BY ${column}) ${values})[(count(${column}) ${values} * ${percent} + 99) / 100]`
  return [
    `count(${column}) ${values} AS ${column}_count`,
    `sum(${column} ORDER BY ${column}) ${values} AS ${column}_sum`,
    `${rank(50)} AS ${column}_p50`,
    `${rank(95)} AS ${column}_p95`,
  ]
}

/** The columns of `SumsRow`, from the columns of `part`. */
export const sumColumns: readonly string[] = [
  'count(*) FILTER (WHERE is_own) AS runs',
  countOf('succeeded', `outcome = 'success'`),
  countOf('failed', `outcome = 'error'`),
  countOf('cancelled', `outcome = 'cancelled'`),
  countOf('unfinished', `outcome = 'unfinished'`),
  countOf('unknown_usage', 'is_unknown'),
  countOf('positive', `feedback = 'positive'`),
  countOf('negative', `feedback = 'negative'`),
  countOf('unpriced', 'is_unpriced'),
  ...Object.values(usageColumns).map(column => `sum(${column})::text AS ${column}`),
  'sum(nano_usd)::text AS nano_usd',
  ...distributionColumns('duration_ms'),
  ...distributionColumns('ttft_ms'),
]

/** The row of usage. */
export function draftOf(row: SumsRow, groupBy: readonly UsageDimension[]): UsageRowDraft {
  const count = (name: string) => Number(row[name])
  const [tokens, nanoUsd] = [tokensOf(row), sumOf('cost', row.nano_usd)]
  const [durationMs, timeToFirstTokenMs] = [
    distributionOf(row, 'duration_ms'),
    distributionOf(row, 'ttft_ms'),
  ]
  const unpricedRuns = count('unpriced')
  return {
    group: Object.fromEntries(groupBy.map(dimension => [dimension, String(row[nameOf(dimension)])])),
    runs: count('runs'),
    succeeded: count('succeeded'),
    failed: count('failed'),
    cancelled: count('cancelled'),
    unfinished: count('unfinished'),
    unknownUsageRuns: count('unknown_usage'),
    positive: count('positive'),
    negative: count('negative'),
    unpricedRuns,
    ...(tokens && { tokens }),
    ...(nanoUsd !== undefined && { cost: { nanoUsd, unpricedRuns } }),
    ...(durationMs && { durationMs }),
    ...(timeToFirstTokenMs && { timeToFirstTokenMs }),
  }
}

function tokensOf(row: SumsRow): TokenUsage | undefined {
  const sums = (Object.entries(usageColumns) as [keyof TokenUsage, string][]).flatMap(([field, column]) => {
    const sum = sumOf(field, row[column])
    return sum === undefined ? [] : [[field, sum] as const]
  })
  return sums.length === 0 ? undefined : (Object.fromEntries(sums) as unknown as TokenUsage)
}

const sumOf = (what: string, sum: string | number | null | undefined): number | undefined =>
  sum === null || sum === undefined ? undefined : exactSum(what, BigInt(sum))

function distributionOf(row: SumsRow, column: string): Distribution | undefined {
  const of = (name: string) => Number(row[`${column}_${name}`])
  const count = of('count')
  return count === 0 ? undefined : { count, mean: of('sum') / count, p50: of('p50'), p95: of('p95') }
}
