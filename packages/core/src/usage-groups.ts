import type { UsageDimension, UsageRow } from './store.ts'

/** Orders the rows of usage by their groups, versions as numbers. */
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
    return left < right ? -1 : 1
  }
  return 0
}
