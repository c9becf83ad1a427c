import {
  type ComparedItem,
  type ComparedSource,
  compareTestRuns,
  type TestRunComparison,
} from '@runtape/replay'
import type { Command } from '../../arguments/command.ts'
import { Misuse } from '../../arguments/usage-error.ts'
import { storeFlag, withStore } from '../../stores/open-store.ts'
import { requireTestRun } from '../../stores/require-test-run.ts'
import { print, printJson } from '../../terminal/print.ts'
import { showCount, showText } from '../../terminal/show.ts'
import { dim, green, red } from '../../terminal/style.ts'
import { table } from '../../terminal/table.ts'

export const command: Command = {
  name: 'compare',
  about: 'Compares two test runs, trace by trace: did the second do better or worse?',
  operands: '<test run> <test run>',
  flags: { store: storeFlag, json: { about: 'print JSON' } },
  examples: ['runtape compare ci-1233 ci-1234', 'runtape compare ci-1233 ci-1234 --json'],
  words: {
    better: 'the verdict, the outcome or the scores improved',
    worse: 'the verdict, the outcome or the scores declined',
    same: 'neither verdict, outcome nor scores changed',
    unknown: 'nothing judges the difference, or the judgements disagree',
  },
  run: args => {
    const [a, b, ...more] = args.operands
    if (a === undefined || b === undefined || more.length > 0)
      throw new Misuse('Name two test runs: runtape compare <before> <after>.')
    return withStore(args, async store => {
      const before = await requireTestRun(store, a)
      const after = await requireTestRun(store, b)
      const compared = await compareTestRuns(store, before.testRunId, after.testRunId)
      if (args.has('json')) printJson(compared)
      else print(shown(compared))
      return 0
    })
  },
}

function shown({ sources, counts }: TestRunComparison): string {
  const { better, worse, same, unknown, onlyInA, onlyInB } = counts
  const sum = [
    ...Object.entries({ better, worse, same, unknown }).map(([what, count]) => `${showCount(count)} ${what}`),
    ...(onlyInA > 0 ? [`${showCount(onlyInA)} only in the first`] : []),
    ...(onlyInB > 0 ? [`${showCount(onlyInB)} only in the second`] : []),
  ].join(', ')
  if (sources.length === 0) return 'Neither test run has items.'
  return `${table(['source', 'first', 'second', 'change', 'why'], sources.map(row))}\n${sum}`
}

function row(source: ComparedSource): string[] {
  const { sourceTraceId, sourceSpanId, a, b, change, reason = '' } = source
  const name = sourceSpanId === undefined ? sourceTraceId : `${sourceTraceId} ${sourceSpanId}`
  return [showText(name), itemText(a), itemText(b), changeText(change), showText(reason, 80)]
}

function itemText(item: ComparedItem | undefined): string {
  if (!item) return dim('–')
  const { outcome, verdict } = item
  return verdict ? `${outcome}, ${verdict.pass ? 'pass' : 'fail'}` : outcome
}

function changeText(change: ComparedSource['change']): string {
  if (change === undefined) return dim('in one only')
  if (change === 'better') return green(change)
  return change === 'worse' ? red(change) : change
}
