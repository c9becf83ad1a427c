import type { Sliced } from '../reading/in-slices.ts'

/** Fewer values than this are sorted. */
const few = 16

/** Comparisons before other work runs. */
const between = 32_768

/**
 * The value that would be at `rank` if the values from `start` to `end` were sorted. Reorders them: no value after
 * `rank` is below it.
 */
export function nearestRank(values: Float64Array, start: number, end: number, rank: number): number {
  let [low, high] = [start, end - 1]
  while (high - low >= few) {
    const [left, right] = partition(values, low, high, medianOfThree(values, low, high))
    if (rank <= right) high = right
    else if (rank >= left) low = left
    else return values[rank] as number
  }
  insertionSort(values, low, high)
  return values[rank] as number
}

/** As `nearestRank`, for all values from `start` on. */
export function* nearestRankInSlices(values: Float64Array, start: number, rank: number): Sliced<number> {
  let [low, high] = [start, values.length - 1]
  while (high - low >= between) {
    const [left, right] = yield* partitionInSlices(values, low, high, medianOfThree(values, low, high))
    if (rank <= right) high = right
    else if (rank >= left) low = left
    else return values[rank] as number
  }
  return nearestRank(values, low, high + 1, rank)
}

/**
 * No value up to `right` is above the pivot, and none from `left` on is below it. Values in between are equal to it.
 */
type Ends = readonly [left: number, right: number]

function partition(values: Float64Array, low: number, high: number, pivot: number): Ends {
  let [left, right] = [low, high]
  while (left <= right) {
    while ((values[left] as number) < pivot) left++
    while ((values[right] as number) > pivot) right--
    if (left > right) break
    const value = values[left] as number
    values[left++] = values[right] as number
    values[right--] = value
  }
  return [left, right]
}

function* partitionInSlices(values: Float64Array, low: number, high: number, pivot: number): Sliced<Ends> {
  let [left, right, most] = [low, high, between]
  while (left <= right) {
    while ((values[left] as number) < pivot && --most > 0) left++
    while ((values[right] as number) > pivot && --most > 0) right--
    if (most <= 0) {
      most = between
      yield
      continue
    }
    if (left > right) break
    const value = values[left] as number
    values[left++] = values[right] as number
    values[right--] = value
  }
  return [left, right]
}

function insertionSort(values: Float64Array, low: number, high: number): void {
  for (let at = low + 1; at <= high; at++) {
    const value = values[at] as number
    let place = at
    for (; place > low && (values[place - 1] as number) > value; place--)
      values[place] = values[place - 1] as number
    values[place] = value
  }
}

function medianOfThree(values: Float64Array, low: number, high: number): number {
  const [a, b, c] = [values[low], values[(low + high) >>> 1], values[high]] as [number, number, number]
  return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c))
}
