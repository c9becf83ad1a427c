import type { TokenUsage } from '@runtape/core'
import { usageSubsets } from '@runtape/core/internal'
import type { Distribution, UsageDimension, UsageRow } from '@runtape/core/store'
import type { UsageRowDraft } from '@runtape/core/store-helpers'
import type { Sliced } from '../reading/in-slices.ts'
import { tokenColumns } from '../records/billed-columns.ts'
import type { Count } from '../rows/counted.ts'
import type { SumColumn } from '../rows/run-row.ts'

/** The labels of rows in a dimension. */
export interface LabelColumn {
  readonly dimension: UsageDimension
  readonly names: readonly string[]
  /** Index into `names`, by row. */
  readonly ranks: Uint32Array
}

/** Distributions by row. Without values, the count is 0. */
export type DistributionColumns = Readonly<Record<keyof Distribution, Float64Array>>

/**
 * The rows of a bill, column by column. There may be hundreds of thousands, so a worker transfers them without a copy.
 */
export interface UsageTable {
  readonly size: number
  readonly labels: readonly LabelColumn[]
  readonly counts: Readonly<Record<Count | 'runs', Float64Array>>
  /** NaN where unknown. Absent if unknown in all rows. */
  readonly sums: Readonly<Partial<Record<SumColumn, Float64Array>>>
  readonly durations: DistributionColumns
  readonly firstTokens: DistributionColumns
  /** Number of groups in the last row, which then has no labels. Absent if each row is one group. */
  readonly rest?: number
}

/** The buffers to transfer to another thread. */
export function buffersOf({ labels, counts, sums, durations, firstTokens }: UsageTable): ArrayBuffer[] {
  const columns = [counts, sums, durations, firstTokens].flatMap(each => Object.values(each))
  return [...columns, ...labels.map(({ ranks }) => ranks)].map(({ buffer }) => buffer as ArrayBuffer)
}

/** The rows of a table. */
export function* rowsOfTable(table: UsageTable): Sliced<UsageRow[]> {
  const rows: UsageRow[] = []
  const subsets = usageSubsets.filter(subset => table.sums[tokenColumns[subset]] !== undefined)
  for (let place = 0; place < table.size; place++) {
    rows.push(rowAt(table, place, subsets))
    if (place % 64 === 63) yield
  }
  return rows
}

/** The row at a place, with the fields needed for comparison. */
export const draftAt = (table: UsageTable, place: number): UsageRowDraft => ({
  ...rowAt(table, place, usageSubsets),
  unpricedRuns: table.counts.unpricedRuns[place] as number,
})

type Subsets = readonly (typeof usageSubsets)[number][]
type Writable<T> = { -readonly [Name in keyof T]: T[Name] }

/** Assigns every field by name, which is fast: there may be a row per customer and day. */
function rowAt(table: UsageTable, place: number, subsets: Subsets): UsageRow {
  const { counts } = table
  const row: Writable<UsageRow> = {
    group: groupAt(table, place),
    runs: counts.runs[place] as number,
    succeeded: counts.succeeded[place] as number,
    failed: counts.failed[place] as number,
    cancelled: counts.cancelled[place] as number,
    unfinished: counts.unfinished[place] as number,
    unknownUsageRuns: counts.unknownUsageRuns[place] as number,
    positive: counts.positive[place] as number,
    negative: counts.negative[place] as number,
  }
  if (isRest(table, place)) row.rest = table.rest as number
  const tokens = tokensAt(table, place, subsets)
  if (tokens) row.tokens = tokens
  const nanoUsd = sumAt(table, 'cost_nano_usd', place)
  if (nanoUsd !== undefined) row.cost = { nanoUsd, unpricedRuns: counts.unpricedRuns[place] as number }
  const durationMs = distributionAt(table.durations, place)
  if (durationMs) row.durationMs = durationMs
  const timeToFirstTokenMs = distributionAt(table.firstTokens, place)
  if (timeToFirstTokenMs) row.timeToFirstTokenMs = timeToFirstTokenMs
  return row
}

const isRest = ({ rest, size }: UsageTable, place: number): boolean =>
  rest !== undefined && place === size - 1

function groupAt(table: UsageTable, place: number): UsageRow['group'] {
  const group: Writable<UsageRow['group']> = {}
  if (isRest(table, place)) return group
  for (const { dimension, names, ranks } of table.labels)
    group[dimension] = names[ranks[place] as number] as string
  return group
}

function sumAt({ sums }: UsageTable, column: SumColumn, place: number): number | undefined {
  const sum = sums[column]?.[place] ?? Number.NaN
  return Number.isNaN(sum) ? undefined : sum
}

function tokensAt(table: UsageTable, place: number, subsets: Subsets): TokenUsage | undefined {
  const input = sumAt(table, 'input_tokens', place)
  if (input === undefined) return undefined
  const output = sumAt(table, 'output_tokens', place) ?? 0
  const total = sumAt(table, 'total_tokens', place) ?? 0
  const usage: Writable<TokenUsage> = { input, output, total }
  for (const subset of subsets) {
    const sum = sumAt(table, tokenColumns[subset], place)
    if (sum !== undefined) usage[subset] = sum
  }
  return usage
}

function distributionAt(columns: DistributionColumns, place: number): Distribution | undefined {
  const count = columns.count[place] as number
  if (count === 0) return undefined
  const [mean, p50, p95] = [columns.mean[place], columns.p50[place], columns.p95[place]]
  return { count, mean, p50, p95 } as Distribution
}
