import type { UsageQuery } from '@runtape/core/store'
import { exactSum } from '@runtape/core/store-helpers'
import type { Sliced } from '../reading/in-slices.ts'
import { tokenColumns } from '../records/billed-columns.ts'
import type { Block } from '../rows/blocks.ts'
import { type Count, counted, countNames } from '../rows/counted.ts'
import type { NumberColumn } from '../rows/rows-schema.ts'
import { type RunPart, type SumColumn, sumColumns } from '../rows/run-row.ts'
import type { QuarterSums } from '../rows/segment-sums.ts'
import { Distributions } from './distributions.ts'
import { type GroupRows, highestFirst, rowsIn, sizeOf } from './group-rows.ts'
import type { Groups } from './groups.ts'
import { Growing } from './growing.ts'
import type { LabelColumn, UsageTable } from './usage-table.ts'

/** The columns that usage reads, besides those of its groups and filters. */
export const totalColumns: readonly NumberColumn[] = [
  ...new Set<NumberColumn>(Object.values(counted).map(([column]) => column)),
  ...sumColumns,
  'parts',
  'duration_ms',
  'first_token_ms',
]

/** The columns that it reads of runs whose sums are known. */
export const distributionColumns: readonly NumberColumn[] = ['duration_ms', 'first_token_ms']

/** The sums of groups of runs. */
export class Totals {
  readonly #groups: Groups
  readonly #byModel: boolean
  readonly #runs = new Growing(0)
  readonly #counts = new Map(countNames.map(name => [name, new Growing(0)]))
  /** NaN until the first known value. */
  readonly #sums = new Map(sumColumns.map(column => [column, new Growing(Number.NaN)]))
  /** Sums with at least one known value. */
  readonly #known = new Set<SumColumn>()
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

  /** Adds the known sums of runs to the group of their quarter of an hour. */
  addSummed({ runs, counts, sums }: QuarterSums, group: number): void {
    const size = this.#groups.size
    ;(this.#runs.reserve(size)[group] as number) += runs
    for (const [at, name] of countNames.entries())
      ((this.#counts.get(name) as Growing).reserve(size)[group] as number) += counts[at] as number
    for (const [at, column] of sumColumns.entries()) this.#addTo(column, group, sums[at] as number)
  }

  #addTo(column: SumColumn, group: number, value: number): void {
    if (Number.isNaN(value)) return
    this.#known.add(column)
    const sums = this.#sums.get(column)?.reserve(this.#groups.size) as Float64Array
    const sum = sums[group] as number
    sums[group] = Number.isNaN(sum) ? value : sum + value
  }

  /**
   * The rows of the bill.
   *
   * @throws {RuntapeError} `sum-too-large`
   */
  *table({ orderBy = 'group', limit }: Pick<UsageQuery, 'orderBy' | 'limit'>): Sliced<UsageTable> {
    const { order, labels } = yield* this.#groups.inOrder()
    yield
    const rows = rowsIn(yield* highestFirst(order, this.#measure(orderBy)), limit)
    const counts: Partial<Record<Count | 'runs', Float64Array>> = { runs: ordered(this.#runs, rows) }
    for (const [name, count] of this.#counts) {
      counts[name] = ordered(count, rows)
      yield
    }
    const sums: Partial<Record<SumColumn, Float64Array>> = {}
    for (const [column, sum] of this.#sums) {
      if (this.#known.has(column)) sums[column] = exact(column, ordered(sum, rows))
      yield
    }
    return {
      size: sizeOf(rows),
      labels: labels.map(label => ({ ...label, ranks: ranksIn(label, rows.kept) })),
      counts: counts as UsageTable['counts'],
      sums,
      durations: yield* this.#durations.inRows(rows),
      firstTokens: yield* this.#firstTokens.inRows(rows),
      ...(rows.rest.length > 0 && { rest: rows.rest.length }),
    }
  }

  /** The values that the rows are sorted by, by group; `undefined` to sort by the groups themselves. */
  #measure(orderBy: NonNullable<UsageQuery['orderBy']>): Float64Array | undefined {
    if (orderBy === 'group') return undefined
    const numbers =
      orderBy === 'runs' ? this.#runs : this.#sums.get(orderBy === 'cost' ? 'cost_nano_usd' : 'total_tokens')
    return numbers?.reserve(this.#groups.size)
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
    let isKnown = false
    for (let place = 0; place < block.size; place++) {
      const group = groups[place] as number
      const value = values[place] as number
      if (group < 0 || Number.isNaN(value)) continue
      const sum = sums[group] as number
      sums[group] = Number.isNaN(sum) ? value : sum + value
      isKnown = true
    }
    if (isKnown) this.#known.add(column)
  }

  /** Adds the usage of runs with several models, by model. Returns the groups without those runs. */
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
}

/** The values by row. Values that were never added to have their start value. */
function ordered(numbers: Growing, rows: GroupRows): Float64Array {
  const { kept, rest } = rows
  const values = numbers.reserve(kept.length + rest.length)
  const inOrder = new Float64Array(sizeOf(rows))
  for (let row = 0; row < kept.length; row++) inOrder[row] = values[kept[row] as number] as number
  if (rest.length > 0) inOrder[kept.length] = sumOf(values, rest)
  return inOrder
}

/** NaN if no value is known. */
function sumOf(values: Float64Array, groups: Int32Array): number {
  let sum = Number.NaN
  for (const group of groups) {
    const value = values[group] as number
    if (!Number.isNaN(value)) sum = Number.isNaN(sum) ? value : sum + value
  }
  return sum
}

function ranksIn({ ranks }: LabelColumn, order: Int32Array): Uint32Array {
  const inOrder = new Uint32Array(order.length)
  for (let row = 0; row < order.length; row++) inOrder[row] = ranks[order[row] as number] as number
  return inOrder
}

/** Integers are exact up to 2^53, and so are their partial sums, because none is negative. */
function exact(column: SumColumn, sums: Float64Array): Float64Array {
  for (const sum of sums) if (sum > Number.MAX_SAFE_INTEGER) exactSum(sumNames[column], BigInt(sum))
  return sums
}

const sumNames = {
  ...Object.fromEntries(Object.entries(tokenColumns).map(([field, column]) => [column, field])),
  cost_nano_usd: 'cost',
} as Record<SumColumn, string>
