import type { Cohort, CohortItem, CohortVersion } from '@runtape/core/store'
import { showValue } from '@runtape/replay/report'
import { decodeValue } from '@runtape/trace'
import { type Columns, csvTime, recordsAsCsv } from '../terminal/records-as-csv.ts'
import { showCount, showText, showTime } from '../terminal/show.ts'
import { dim } from '../terminal/style.ts'
import { table } from '../terminal/table.ts'

const shown = (count: number, thing: string): string =>
  `${showCount(count)} ${thing}${count === 1 ? '' : 's'}`

/** `bad-refunds@3: 40 traces, 2 of them no longer on the tape`. */
export function cohortLine({ name, version, size, gone }: Cohort): string {
  const lost = gone === 0 ? '' : `, ${showCount(gone)} of them no longer on the tape`
  return `${name}@${version}: ${shown(size, 'trace')}${lost}`
}

/** What a change did: `1 added, 1 changed`. */
export function changeLine({ added, changed, removed }: CohortVersion): string {
  const counts = Object.entries({ added, changed, removed }).filter(([, count]) => count > 0)
  return counts.length === 0
    ? 'nothing'
    : counts.map(([what, count]) => `${showCount(count)} ${what}`).join(', ')
}

export const cohortsTable = (cohorts: readonly Cohort[]): string =>
  table(
    ['cohort', 'traces', 'gone', 'changed (UTC)', 'by', 'comment'],
    cohorts.map(({ name, version, size, gone, at, by = '', comment = '' }) => [
      `${name}@${version}`,
      showCount(size),
      showCount(gone),
      showTime(at),
      showText(by, 30),
      showText(comment, 60),
    ]),
  )

export const versionsTable = (name: string, versions: readonly CohortVersion[]): string =>
  table(
    ['version', 'traces', 'change', 'at (UTC)', 'by', 'comment'],
    versions.map(version => [
      `${name}@${version.version}`,
      showCount(version.size),
      changeLine(version),
      showTime(version.at),
      showText(version.by ?? '', 30),
      showText(version.comment ?? '', 60),
    ]),
  )

export const entriesTable = (items: readonly CohortItem[]): string =>
  table(
    ['trace', 'function', 'started (UTC)', 'expected', 'note'],
    items.map(({ traceId, trace, expected, note = '' }) => [
      traceId,
      trace ? showText(trace.key, 40) : dim('no longer on the tape'),
      trace ? showTime(trace.startedAt) : '',
      expected ? showText(showValue(decodeValue(expected)), 60) : '',
      showText(note, 60),
    ]),
  )

const entryColumns: Columns<CohortItem> = {
  traceId: ({ traceId }) => traceId,
  key: ({ trace }) => trace?.key,
  startedAt: ({ trace }) => csvTime(trace?.startedAt),
  isOnTape: ({ trace }) => trace !== undefined,
  expected: ({ expected }) => expected?.json,
  note: ({ note }) => note,
}

export const entriesAsCsv = (items: readonly CohortItem[]): string => recordsAsCsv(entryColumns, items)

const cohortColumns: Columns<Cohort> = {
  name: ({ name }) => name,
  version: ({ version }) => version,
  traces: ({ size }) => size,
  gone: ({ gone }) => gone,
  at: ({ at }) => csvTime(at),
  by: ({ by }) => by,
  comment: ({ comment }) => comment,
}

export const cohortsAsCsv = (cohorts: readonly Cohort[]): string => recordsAsCsv(cohortColumns, cohorts)
