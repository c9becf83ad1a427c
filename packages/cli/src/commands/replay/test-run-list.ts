import type { Store, TestRun } from '@runtape/core/store'
import { print, printJson } from '../../terminal/print.ts'
import { showCount, showText, showTime } from '../../terminal/show.ts'
import { table } from '../../terminal/table.ts'

const most = 20

/** `runtape report` without a test run: prints the newest ones. */
export async function printTestRuns(store: Store, json: boolean): Promise<void> {
  const { items } = await store.testRuns.list({ limit: most })
  if (json) return printJson(items)
  if (items.length === 0) return print('No test runs. "runtape replay" makes them; tape files keep none.')
  print(table(['started (UTC)', 'test run', 'function', 'status', 'items', 'about'], items.map(row)))
  print('runtape report <test run> writes the reports of one.')
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
