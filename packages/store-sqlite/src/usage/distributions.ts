import type { Sliced } from '../reading/in-slices.ts'
import { Growing } from './growing.ts'
import { nearestRank } from './nearest-rank.ts'
import type { DistributionColumns } from './usage-table.ts'

/** Values that are put in their place before other work has its turn. */
const between = 32_768

/** Collects values of groups, of which the percentiles are exact. */
export class Distributions {
  readonly #values = new Growing(0, 4096)
  readonly #groups = new Growing(0, 4096)
  #count = 0

  /** Adds the values of a block, each to its group; not those that are NaN or of group -1. */
  add(values: Float64Array, groups: Int32Array, size: number): void {
    const all = this.#values.reserve(this.#count + size)
    const groupOf = this.#groups.reserve(this.#count + size)
    let count = this.#count
    for (let place = 0; place < size; place++) {
      const value = values[place] as number
      const group = groups[place] as number
      if (group < 0 || Number.isNaN(value)) continue
      all[count] = value
      groupOf[count++] = group
    }
    this.#count = count
  }

  /** The distributions of groups in an order. */
  *inOrder(order: readonly number[]): Sliced<DistributionColumns> {
    const make = () => new Float64Array(order.length)
    const columns = { count: make(), mean: make(), p50: make(), p95: make() }
    if (this.#count === 0) return columns
    const ends = yield* this.#ends(order.length)
    const together = yield* this.#together(ends)
    let seen = 0
    for (const [row, group] of order.entries()) {
      const start = group === 0 ? 0 : (ends[group - 1] as number)
      const end = ends[group] as number
      yield* putDistribution(columns, row, together, start, end)
      seen += end - start + 16
      if (seen < between / 4) continue
      seen = 0
      yield
    }
    return columns
  }

  /** Where the values of each group end. */
  *#ends(groups: number): Sliced<Float64Array> {
    const ends = new Float64Array(groups)
    const groupOf = this.#groups.values
    for (let index = 0; index < this.#count; index++) {
      ;(ends[groupOf[index] as number] as number)++
      if (index % between === between - 1) yield
    }
    for (let group = 1; group < groups; group++) (ends[group] as number) += ends[group - 1] as number
    return ends
  }

  /** The values, those of each group together. */
  *#together(ends: Float64Array): Sliced<Float64Array> {
    if (ends.length === 1) return this.#values.values.subarray(0, this.#count)
    const next = ends.slice()
    const together = new Float64Array(this.#count)
    const [values, groupOf] = [this.#values.values, this.#groups.values]
    for (let index = this.#count - 1; index >= 0; index--) {
      const group = groupOf[index] as number
      const place = (next[group] as number) - 1
      next[group] = place
      together[place] = values[index] as number
      if (index % between === 0) yield
    }
    return together
  }
}

function* putDistribution(
  columns: DistributionColumns,
  row: number,
  values: Float64Array,
  start: number,
  end: number,
): Sliced<void> {
  const count = end - start
  if (count === 0) return
  let sum = 0
  for (let index = start; index < end; index++) {
    sum += values[index] as number
    if ((index - start) % between === between - 1) yield
  }
  columns.count[row] = count
  columns.mean[row] = sum / count
  const rank = (percent: number) => start + Math.ceil((count * percent) / 100) - 1
  columns.p50[row] = yield* nearestRank(values, start, end, rank(50))
  // The values after the median are not below it now.
  columns.p95[row] = yield* nearestRank(values, rank(50), end, rank(95))
}
