import { setImmediate as nextTurn } from 'node:timers/promises'

/** Number of items that are sorted or merged in one turn. */
const atOnce = 4096

/** A sorted copy. A long list is sorted in several turns of the event loop. */
export async function sortInTurns<T>(
  items: readonly T[],
  compare: (a: T, b: T) => number,
): Promise<readonly T[]> {
  let parts: T[][] = []
  for (let at = 0; at < items.length; at += atOnce) {
    parts.push(items.slice(at, at + atOnce).sort(compare))
    if (items.length > atOnce) await nextTurn()
  }
  while (parts.length > 1) {
    const merged: T[][] = []
    for (let at = 0; at < parts.length; at += 2)
      merged.push(await merge(parts[at] ?? [], parts[at + 1] ?? [], compare))
    parts = merged
  }
  return parts[0] ?? []
}

/** Items of `left` come first among equal ones. */
async function merge<T>(
  left: readonly T[],
  right: readonly T[],
  compare: (a: T, b: T) => number,
): Promise<T[]> {
  const merged: T[] = []
  for (let [at, other] = [0, 0]; at < left.length || other < right.length; ) {
    const takesLeft =
      other >= right.length || (at < left.length && compare(left[at] as T, right[other] as T) <= 0)
    merged.push((takesLeft ? left[at++] : right[other++]) as T)
    if (merged.length % atOnce === 0) await nextTurn()
  }
  return merged
}
