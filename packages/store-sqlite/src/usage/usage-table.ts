import type { Distribution, TokenUsage, UsageDimension, UsageRow } from '@runtape/core'
import { usageSubsets } from '@runtape/core/internal'
import { finishedRow, type UsageRowDraft } from '@runtape/core/store-helpers'
import { tokenColumns } from '../billed-columns.ts'
import type { Sliced } from '../reading/in-slices.ts'
import type { Count } from '../rows/counted.ts'
import type { SumColumn } from '../rows/run-row.ts'

/** What rows are called in a dimension. */
export interface LabelColumn {
  readonly dimension: UsageDimension
  readonly names: readonly string[]
  /** By row, into `names`. */
  readonly ranks: Uint32Array
}

/** Distributions by row; those of no values have a count of 0. */
export type DistributionColumns = Readonly<Record<keyof Distribution, Float64Array>>

/**
 * The rows of a bill, column by column: there may be hundreds of thousands, and so they go from a worker to the thread
 * without a copy.
 */
export interface UsageTable {
  readonly size: number
  readonly labels: readonly LabelColumn[]
  readonly counts: Readonly<Record<Count | 'runs', Float64Array>>
  /** NaN where nothing is known. Absent where that is so in all rows. */
  readonly sums: Readonly<Partial<Record<SumColumn, Float64Array>>>
  readonly durations: DistributionColumns
  readonly firstTokens: DistributionColumns
}

/** What can be handed from thread to thread. */
export function buffersOf({ labels, counts, sums, durations, firstTokens }: UsageTable): ArrayBuffer[] {
  const columns = [counts, sums, durations, firstTokens].flatMap(each => Object.values(each))
  return [...columns, ...labels.map(({ ranks }) => ranks)].map(({ buffer }) => buffer as ArrayBuffer)
}

/** The rows of a table. */
export function* rowsOfTable(table: UsageTable): Sliced<UsageRow[]> {
  const rows: UsageRow[] = []
  for (let place = 0; place < table.size; place++) {
    rows.push(finishedRow(draftAt(table, place)))
    if (place % 64 === 63) yield
  }
  return rows
}

/** The row at a place. */
export function draftAt(table: UsageTable, place: number): UsageRowDraft {
  const { counts } = table
  const count = (name: Count | 'runs') => counts[name][place] as number
  const unpricedRuns = count('unpricedRuns')
  const tokens = tokensAt(table, place)
  const nanoUsd = sumAt(table, 'cost_nano_usd', place)
  const durationMs = distributionAt(table.durations, place)
  const timeToFirstTokenMs = distributionAt(table.firstTokens, place)
  return {
    group: groupAt(table, place),
    runs: count('runs'),
    succeeded: count('succeeded'),
    failed: count('failed'),
    cancelled: count('cancelled'),
    unfinished: count('unfinished'),
    unknownUsageRuns: count('unknownUsageRuns'),
    positive: count('positive'),
    negative: count('negative'),
    unpricedRuns,
    ...(tokens && { tokens }),
    ...(nanoUsd !== undefined && { cost: { nanoUsd, unpricedRuns } }),
    ...(durationMs && { durationMs }),
    ...(timeToFirstTokenMs && { timeToFirstTokenMs }),
  }
}

function groupAt({ labels }: UsageTable, place: number): UsageRow['group'] {
  const group: Partial<Record<UsageDimension, string>> = {}
  for (const { dimension, names, ranks } of labels) group[dimension] = names[ranks[place] as number] as string
  return group
}

function sumAt({ sums }: UsageTable, column: SumColumn, place: number): number | undefined {
  const sum = sums[column]?.[place] ?? Number.NaN
  return Number.isNaN(sum) ? undefined : sum
}

function tokensAt(table: UsageTable, place: number): TokenUsage | undefined {
  const input = sumAt(table, 'input_tokens', place)
  if (input === undefined) return undefined
  const output = sumAt(table, 'output_tokens', place) ?? 0
  const total = sumAt(table, 'total_tokens', place) ?? 0
  const usage: { -readonly [Field in keyof TokenUsage]: TokenUsage[Field] } = { input, output, total }
  for (const subset of usageSubsets) {
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
