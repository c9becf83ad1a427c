import type { TokenUsage, UsageCost } from '@runtape/core'
import { usageSubsets } from '@runtape/core/internal'
import { exactSum, type UsageRowDraft } from '@runtape/core/store-helpers'
import { tokenColumns } from '../billed-columns.ts'
import type { Block } from '../rows/blocks.ts'
import { type Count, counted, countNames } from '../rows/counted.ts'
import type { NumberColumn } from '../rows/rows-schema.ts'
import { type RunPart, type SumColumn, sumColumns } from '../rows/run-row.ts'
import type { QuarterSums } from '../rows/segment-sums.ts'
import { Distributions } from './distributions.ts'
import type { Groups } from './groups.ts'
import { Growing } from './growing.ts'

/** What usage reads of a run beside its groups and filters. */
export const totalColumns: readonly NumberColumn[] = [
  ...new Set<NumberColumn>(Object.values(counted).map(([column]) => column)),
  ...sumColumns,
  'parts',
  'duration_ms',
  'first_token_ms',
]

/** What it reads of a run whose sums are known. */
export const distributionColumns: readonly NumberColumn[] = ['duration_ms', 'first_token_ms']

/** The sums of groups of runs. */
export class Totals {
  readonly #groups: Groups
  readonly #byModel: boolean
  readonly #runs = new Growing(0)
  readonly #counts = new Map(countNames.map(name => [name, new Growing(0)]))
  /** A sum is NaN until something is known of it. */
  readonly #sums = new Map(sumColumns.map(column => [column, new Growing(Number.NaN)]))
  readonly #durations = new Distributions()
  readonly #firstTokens = new Distributions()

  constructor(groups: Groups, byModel: boolean) {
    this.#groups = groups
    this.#byModel = byModel
  }

  /** Adds the runs of a block for which `isCounted` is 1. */
  add(block: Block, isCounted: Uint8Array): void {
    const { size } = block
    const groups = this.#groups.of(block, isCounted)
    this.#durations.add(block.column('duration_ms'), groups, size)
    this.#firstTokens.add(block.column('first_token_ms'), groups, size)
    if (!block.isSummed) this.#addSums(block, groups)
  }

  #addSums(block: Block, groups: Int32Array): void {
    const runs = this.#runs.reserve(this.#groups.size)
    for (let place = 0; place < block.size; place++) {
      const group = groups[place] as number
      if (group >= 0) (runs[group] as number)++
    }
    for (const name of countNames) this.#count(name, block, groups)
    const inParts = this.#byModel ? this.#addParts(block, groups) : undefined
    for (const column of sumColumns) this.#sum(column, block, inParts ?? groups)
  }

  /** Adds runs of which the sums are known, to a group of times. */
  addSummed({ runs, counts, sums }: QuarterSums, group: number): void {
    const size = this.#groups.size
    ;(this.#runs.reserve(size)[group] as number) += runs
    for (const [at, name] of countNames.entries())
      ((this.#counts.get(name) as Growing).reserve(size)[group] as number) += counts[at] as number
    for (const [at, column] of sumColumns.entries()) this.#addTo(column, group, sums[at] as number)
  }

  #addTo(column: SumColumn, group: number, value: number): void {
    if (Number.isNaN(value)) return
    const sums = this.#sums.get(column)?.reserve(this.#groups.size) as Float64Array
    const sum = sums[group] as number
    sums[group] = Number.isNaN(sum) ? value : sum + value
  }

  /** @throws {RuntapeError} `sum-too-large` */
  rows(): UsageRowDraft[] {
    const durations = this.#durations.byGroup(this.#groups.size)
    const firstTokens = this.#firstTokens.byGroup(this.#groups.size)
    return this.#groups.labels().map((group, number) => {
      const tokens = this.#tokens(number)
      const cost = this.#cost(number)
      const [durationMs, timeToFirstTokenMs] = [durations[number], firstTokens[number]]
      return {
        group,
        runs: this.#runs.values[number] ?? 0,
        ...this.#countsOf(number),
        ...(tokens && { tokens }),
        ...(cost && { cost }),
        ...(durationMs && { durationMs }),
        ...(timeToFirstTokenMs && { timeToFirstTokenMs }),
      }
    })
  }

  #count(name: Count, block: Block, groups: Int32Array): void {
    const [column, code] = counted[name]
    if (block.isEmpty(column)) return
    const values = block.column(column)
    const counts = this.#counts.get(name)?.reserve(this.#groups.size) as Float64Array
    for (let place = 0; place < block.size; place++) {
      const group = groups[place] as number
      if (group >= 0 && values[place] === code) (counts[group] as number)++
    }
  }

  #sum(column: SumColumn, block: Block, groups: Int32Array): void {
    if (block.isEmpty(column)) return
    const values = block.column(column)
    const sums = this.#sums.get(column)?.reserve(this.#groups.size) as Float64Array
    for (let place = 0; place < block.size; place++) {
      const group = groups[place] as number
      const value = values[place] as number
      if (group < 0 || Number.isNaN(value)) continue
      const sum = sums[group] as number
      sums[group] = Number.isNaN(sum) ? value : sum + value
    }
  }

  /** Adds what runs with several models used, by model; returns the groups without those runs. */
  #addParts(block: Block, groups: Int32Array): Int32Array | undefined {
    if (block.isEmpty('parts')) return undefined
    const parts = block.column('parts')
    let others: Int32Array | undefined
    for (let place = 0; place < block.size; place++) {
      if (parts[place] !== 1 || (groups[place] as number) < 0) continue
      others ??= groups.slice()
      others[place] = -1
      for (const part of block.partsAt(place))
        this.#addPart(this.#groups.withModel(block, place, part.model ?? 0), part)
    }
    return others
  }

  #addPart(group: number, part: RunPart): void {
    for (const column of sumColumns) this.#addTo(column, group, part[column] ?? Number.NaN)
  }

  #countsOf(group: number): Record<Count, number> {
    return {
      succeeded: this.#countOf('succeeded', group),
      failed: this.#countOf('failed', group),
      cancelled: this.#countOf('cancelled', group),
      unfinished: this.#countOf('unfinished', group),
      unknownUsageRuns: this.#countOf('unknownUsageRuns', group),
      positive: this.#countOf('positive', group),
      negative: this.#countOf('negative', group),
      unpricedRuns: this.#countOf('unpricedRuns', group),
    }
  }

  #countOf(name: Count, group: number): number {
    return this.#counts.get(name)?.values[group] ?? 0
  }

  #sumOf(what: string, column: SumColumn, group: number): number | undefined {
    const sum = this.#sums.get(column)?.values[group] ?? Number.NaN
    if (Number.isNaN(sum)) return undefined
    // Whole numbers are exact up to 2^53, also while they are summed: none is negative.
    return sum <= Number.MAX_SAFE_INTEGER ? sum : exactSum(what, BigInt(sum))
  }

  #tokens(group: number): TokenUsage | undefined {
    const sum = (field: keyof TokenUsage) => this.#sumOf(field, tokenColumns[field], group)
    const input = sum('input')
    if (input === undefined) return undefined
    const subsets = usageSubsets
      .map(subset => [subset, sum(subset)])
      .filter(([, count]) => count !== undefined)
    return { input, output: sum('output') ?? 0, total: sum('total') ?? 0, ...Object.fromEntries(subsets) }
  }

  #cost(group: number): UsageCost | undefined {
    const nanoUsd = this.#sumOf('cost', 'cost_nano_usd', group)
    return nanoUsd === undefined ? undefined : { nanoUsd, unpricedRuns: this.#countOf('unpricedRuns', group) }
  }
}
