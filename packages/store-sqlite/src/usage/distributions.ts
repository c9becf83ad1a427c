import type { Distribution } from '@runtape/core'
import { Growing } from './growing.ts'

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

  /** The distribution of each group; `undefined` for one without values. */
  byGroup(groups: number): (Distribution | undefined)[] {
    const ends = this.#ends(groups)
    const sorted = this.#inGroups(ends)
    return Array.from({ length: groups }, (_, group) => {
      const start = group === 0 ? 0 : (ends[group - 1] as number)
      return distributionOf(sorted.subarray(start, ends[group]))
    })
  }

  #ends(groups: number): Float64Array {
    const ends = new Float64Array(groups)
    const groupOf = this.#groups.values
    for (let index = 0; index < this.#count; index++) (ends[groupOf[index] as number] as number)++
    for (let group = 1; group < groups; group++) (ends[group] as number) += ends[group - 1] as number
    return ends
  }

  /** The values, those of each group together. */
  #inGroups(ends: Float64Array): Float64Array {
    const next = ends.slice()
    const together = new Float64Array(this.#count)
    const [values, groupOf] = [this.#values.values, this.#groups.values]
    for (let index = this.#count - 1; index >= 0; index--) {
      const group = groupOf[index] as number
      const place = (next[group] as number) - 1
      next[group] = place
      together[place] = values[index] as number
    }
    return together
  }
}

function distributionOf(values: Float64Array): Distribution | undefined {
  const count = values.length
  if (count === 0) return undefined
  let sum = 0
  for (const value of values) sum += value
  const rank = (percent: number) => Math.ceil((count * percent) / 100) - 1
  const p50 = select(values, 0, rank(50))
  // The values after the median are not below it now.
  return { count, mean: sum / count, p50, p95: select(values, rank(50), rank(95)) }
}

/** The value that would be at `rank` if `values` were sorted, of which those from `from` on are moved about. */
function select(values: Float64Array, from: number, rank: number): number {
  let [low, high] = [from, values.length - 1]
  while (low < high) {
    const pivot = medianOfThree(values, low, high)
    let [left, right] = [low, high]
    while (left <= right) {
      while ((values[left] as number) < pivot) left++
      while ((values[right] as number) > pivot) right--
      if (left > right) break
      const value = values[left] as number
      values[left++] = values[right] as number
      values[right--] = value
    }
    if (rank <= right) high = right
    else if (rank >= left) low = left
    else break
  }
  return values[rank] as number
}

function medianOfThree(values: Float64Array, low: number, high: number): number {
  const [a, b, c] = [values[low], values[(low + high) >>> 1], values[high]] as [number, number, number]
  return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c))
}
