import type { Sliced } from '../reading/in-slices.ts'
import { type GroupRows, sizeOf } from './group-rows.ts'
import { nearestRank, nearestRankInSlices } from './nearest-rank.ts'
import type { DistributionColumns } from './usage-table.ts'

/** Number of values to sort before other work runs. */
const between = 32_768

/** Chunk size. A single long list would be copied each time it grows. */
const together = 65_536

interface Chunk {
  readonly values: Float64Array
  readonly groups: Int32Array
  count: number
}

/** Collects the values of groups and computes exact percentiles. */
export class Distributions {
  readonly #chunks: Chunk[] = []
  #count = 0

  /** Adds the values of a block to their groups. Skips NaN and group -1. */
  add(values: Float64Array, groups: Int32Array, size: number): void {
    const chunk = this.#chunkFor(size)
    const { values: all, groups: groupOf } = chunk
    let { count } = chunk
    for (let place = 0; place < size; place++) {
      const value = values[place] as number
      const group = groups[place] as number
      if (group < 0 || Number.isNaN(value)) continue
      all[count] = value
      groupOf[count++] = group
    }
    this.#count += count - chunk.count
    chunk.count = count
  }

  /** The distributions of the rows of a bill. */
  *inRows(rows: GroupRows): Sliced<DistributionColumns> {
    if (rows.rest.length === 0) return yield* this.#inOrder(rows.kept)
    yield* this.#renumber(rows)
    return yield* this.#inOrder(Int32Array.from({ length: sizeOf(rows) }, (_, row) => row))
  }

  /** Replaces the numbers of groups by the numbers of their rows. */
  *#renumber({ kept, rest }: GroupRows): Sliced<void> {
    const rows = new Int32Array(kept.length + rest.length).fill(kept.length)
    for (const [row, group] of kept.entries()) rows[group] = row
    for (const { groups, count } of this.#chunks) {
      for (let index = 0; index < count; index++) groups[index] = rows[groups[index] as number] as number
      yield
    }
  }

  *#inOrder(order: Int32Array): Sliced<DistributionColumns> {
    const make = () => new Float64Array(order.length)
    const columns = { count: make(), mean: make(), p50: make(), p95: make() }
    if (this.#count === 0) return columns
    const ends = yield* this.#ends(order.length)
    const sorted = yield* this.#inGroups(ends)
    const grouped = { values: sorted, ends }
    let seen = 0
    for (let row = 0; row < order.length; row++) {
      const group = order[row] as number
      const start = startOf(ends, group)
      const end = ends[group] as number
      if (end - start > few) yield* putInSlices(columns, row, sorted.subarray(start, end))
      else if (end > start) put(columns, row, grouped, group)
      seen += end - start + 16
      if (seen < between / 4) continue
      seen = 0
      yield
    }
    return columns
  }

  #chunkFor(size: number): Chunk {
    const last = this.#chunks.at(-1)
    if (last && last.count + size <= last.values.length) return last
    const length = this.#chunks.length > 0 ? Math.max(together, size) : Math.max(4096, size)
    const chunk = { values: new Float64Array(length), groups: new Int32Array(length), count: 0 }
    this.#chunks.push(chunk)
    return chunk
  }

  /** Where the values of each group end. */
  *#ends(size: number): Sliced<Float64Array> {
    const ends = new Float64Array(size)
    for (const { groups, count } of this.#chunks) {
      for (let index = 0; index < count; index++) (ends[groups[index] as number] as number)++
      yield
    }
    for (let group = 1; group < size; group++) (ends[group] as number) += ends[group - 1] as number
    return ends
  }

  /** The values, sorted by group. */
  *#inGroups(ends: Float64Array): Sliced<Float64Array> {
    const next = new Float64Array(ends.length)
    next.set(ends.subarray(0, -1), 1)
    const sorted = new Float64Array(this.#count)
    for (const { values, groups, count } of this.#chunks) {
      for (let index = 0; index < count; index++) {
        const group = groups[index] as number
        const place = next[group] as number
        next[group] = place + 1
        sorted[place] = values[index] as number
      }
      yield
    }
    return sorted
  }
}

/** Up to this many values, a group is processed without yielding and needs no generators. */
const few = 4096

const rankIn = (count: number, percent: number): number => Math.ceil((count * percent) / 100) - 1

/** Values sorted by group, and where those of each group end. */
interface Grouped {
  readonly values: Float64Array
  readonly ends: Float64Array
}

const startOf = (ends: Float64Array, group: number): number => (group === 0 ? 0 : (ends[group - 1] as number))

function put(columns: DistributionColumns, row: number, { values, ends }: Grouped, group: number): void {
  const start = startOf(ends, group)
  const end = ends[group] as number
  const count = end - start
  let sum = 0
  for (let index = start; index < end; index++) sum += values[index] as number
  const p50 = start + rankIn(count, 50)
  columns.count[row] = count
  columns.mean[row] = sum / count
  columns.p50[row] = nearestRank(values, start, end, p50)
  // No value after the median is below it now.
  columns.p95[row] = nearestRank(values, p50, end, start + rankIn(count, 95))
}

function* putInSlices(columns: DistributionColumns, row: number, values: Float64Array): Sliced<void> {
  const count = values.length
  let sum = 0
  for (let index = 0; index < count; index++) {
    sum += values[index] as number
    if (index % between === between - 1) yield
  }
  const p50 = rankIn(count, 50)
  columns.count[row] = count
  columns.mean[row] = sum / count
  columns.p50[row] = yield* nearestRankInSlices(values, 0, p50)
  columns.p95[row] = yield* nearestRankInSlices(values, p50, rankIn(count, 95))
}
