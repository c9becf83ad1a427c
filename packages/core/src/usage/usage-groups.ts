import type { UsageDimension, UsageRow } from '../store/runs/usage.ts'

/** Compares rows of usage by their groups: versions as numbers, hours and buckets by time. */
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
    if (dimension === 'hour' || dimension === 'bucket') return startOf(left) - startOf(right)
    return left < right ? -1 : 1
  }
  return 0
}

const noTime = Number.NEGATIVE_INFINITY

/** Start of the hour or bucket of a label. The empty label sorts first. */
function startOf(label: string): number {
  const [, time = '', zone = 'Z'] = /^([^+]*?)([+-]\d\d:\d\d)?$/.exec(label) ?? []
  return label === '' ? noTime : Date.parse(`${time.length === hourLength ? `${time}:00` : time}${zone}`)
}

const hourLength = '2026-01-31T09'.length
