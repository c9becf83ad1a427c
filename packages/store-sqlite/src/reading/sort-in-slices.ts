import type { Sliced } from './in-slices.ts'

const chunk = 512
const between = 4096

/** As `toSorted`, but yields in between. */
export function* sortInSlices<T>(items: readonly T[], compare: (a: T, b: T) => number): Sliced<T[]> {
  let runs: T[][] = []
  for (let from = 0; from < items.length; from += chunk) {
    runs.push(items.slice(from, from + chunk).sort(compare))
    if (runs.length % 4 === 0) yield
  }
  while (runs.length > 1) {
    const merged: T[][] = []
    for (let at = 0; at < runs.length; at += 2)
      merged.push(yield* merge(runs[at] ?? [], runs[at + 1] ?? [], compare))
    runs = merged
  }
  return runs[0] ?? []
}

function* merge<T>(a: readonly T[], b: readonly T[], compare: (a: T, b: T) => number): Sliced<T[]> {
  const merged: T[] = []
  for (let [left, right] = [0, 0]; left < a.length || right < b.length; ) {
    const isLeft = right >= b.length || (left < a.length && compare(a[left] as T, b[right] as T) <= 0)
    merged.push((isLeft ? a[left++] : b[right++]) as T)
    if (merged.length % between === 0) yield
  }
  return merged
}
