import { showCount, showText } from '../terminal/show.ts'
import { table } from '../terminal/table.ts'
import type { CopyResult } from './copy-store.ts'
import type { Verification } from './verify-copy.ts'

/** What a copy did, for people. */
export function copyShown(
  { kinds, conflicts, refused }: CopyResult,
  leftBehind: Readonly<Record<string, number>>,
): string {
  const rows = Object.entries(kinds).map(([kind, counts]) => [
    kind,
    ...[counts.copied, counts.known, counts.conflicts, counts.refused].map(showCount),
  ])
  const later = Object.values(kinds).reduce((sum, { laterReceipts }) => sum + laterReceipts, 0)
  return [
    rows.length === 0
      ? 'There is nothing to copy.'
      : table(['', 'copied', 'known', 'conflicts', 'refused'], rows),
    ...noted('The target has something else in the place of these, which stands', conflicts),
    ...noted('These could not be kept', refused),
    ...(later > 0
      ? [
          `${showCount(later)} count as received later than in the source: in an SQLite file, times of receipt never decrease.`,
        ]
      : []),
    ...Object.entries(leftBehind).map(([what, count]) => `Not copied: ${showCount(count)} ${what}.`),
  ].join('\n')
}

const mostShown = 10

function noted(what: string, names: readonly string[]): string[] {
  if (names.length === 0) return []
  const more = names.length > mostShown ? '\n  … --json lists more' : ''
  return [
    `${what}:${names
      .slice(0, mostShown)
      .map(name => `\n  ${showText(name, 200)}`)
      .join('')}${more}`,
  ]
}

/** What a comparison found, for people. */
export function verificationShown({ differences, days, isMerged, asOf }: Verification): string {
  if (differences.length > 0) return `The two stores differ:${differences.map(one => `\n  ${one}`).join('')}`
  const when = asOf === undefined ? '' : `, as of ${new Date(asOf).toISOString()}`
  const has = isMerged ? 'has at least the runs of the source' : 'equals that of the source'
  return `Verified: the usage of ${showCount(days)} ${days === 1 ? 'day' : 'days'} ${has}${when}.`
}
