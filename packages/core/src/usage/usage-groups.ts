import type { UsageDimension, UsageRow } from '../store/store.ts'

/** Orders the rows of usage by their groups, versions as numbers and hours by time. */
export function compareGroups(
  a: UsageRow['group'],
  b: UsageRow['group'],
  groupBy: readonly UsageDimension[],
): number {
  for (const dimension of groupBy) {
    const left = a[dimension] ?? ''
    const right = b[dimension] ?? ''
    if (left === right) continue
    if (dimension === 'version') return Number(left) - Number(right)
    if (dimension === 'hour') return startOf(left) - startOf(right)
    return left < right ? -1 : 1
  }
  return 0
}

/** When the hour of a label begins; the one that is no time is before all others. */
function startOf(hour: string): number {
  if (hour === '') return Number.NEGATIVE_INFINITY
  return Date.parse(`${hour.slice(0, 13)}:00${hour.slice(13) || 'Z'}`)
}
