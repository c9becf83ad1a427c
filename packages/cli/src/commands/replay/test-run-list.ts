import type { Store, TestRun } from '@runtape/core/store'
import type { Args } from '../../arguments/args.ts'
import { print, printJson } from '../../terminal/print.ts'
import { type Columns, csvTime, recordsAsCsv } from '../../terminal/records-as-csv.ts'
import { showCount, showText, showTime } from '../../terminal/show.ts'
import { table } from '../../terminal/table.ts'

const most = 20

/** `runtape report` without a test run: prints the newest ones. */
export async function printTestRuns(store: Store, args: Args): Promise<void> {
  const { items } = await store.testRuns.list({ limit: most })
  if (args.has('json')) return printJson(items)
  if (args.has('csv')) return print(recordsAsCsv(columns, items))
  if (items.length === 0) return print('No test runs. "runtape replay" makes them; tape files keep none.')
  print(table(['started (UTC)', 'test run', 'function', 'status', 'items', 'about'], items.map(row)))
  print('runtape report <test run> writes the reports of one.')
}

const columns: Columns<TestRun> = {
  startedAt: ({ startedAt }) => csvTime(startedAt),
  completedAt: ({ completedAt }) => csvTime(completedAt),
  testRunId: ({ testRunId }) => testRunId,
  key: ({ key }) => key,
  status: ({ status }) => status,
  pass: ({ summary }) => summary?.pass,
  wanted: ({ sourceTraceIds, attempts = 1 }) => sourceTraceIds.length * attempts,
  recorded: ({ items }) => items.recorded,
  same: ({ items }) => items.same,
  changed: ({ items }) => items.changed,
  unknown: ({ items }) => items.unknown,
  failed: ({ items }) => items.failed,
  baselineOf: ({ baselineOf }) => baselineOf,
  about: ({ codeChangeDescription }) => codeChangeDescription,
}

const row = (testRun: TestRun): string[] => [
  showTime(testRun.startedAt),
  showText(testRun.testRunId),
  showText(testRun.key),
  statusOf(testRun),
  itemsOf(testRun),
  showText(aboutOf(testRun), 80),
]

function statusOf({ status, summary, baselineOf }: TestRun): string {
  if (status !== 'completed' || !summary || baselineOf !== undefined) return status
  return summary.pass ? 'passes' : 'does not pass'
}

function itemsOf({ items, sourceTraceIds, attempts = 1 }: TestRun): string {
  const wanted = sourceTraceIds.length * attempts
  const kinds = (['same', 'changed', 'unknown', 'failed'] as const).filter(kind => items[kind] > 0)
  const counts = kinds.map(kind => `${showCount(items[kind])} ${kind}`).join(', ')
  if (items.recorded === wanted) return counts || 'none'
  return `${showCount(items.recorded)} of ${showCount(wanted)}${counts && `: ${counts}`}`
}

const aboutOf = ({ baselineOf, codeChangeDescription = '' }: TestRun): string =>
  baselineOf === undefined
    ? codeChangeDescription
    : codeChangeDescription || `Baseline of test run ${baselineOf}`
