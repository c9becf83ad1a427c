import { type ReplayReport, testRunReport } from '@runtape/replay'
import { assessReport } from '@runtape/replay/report'
import type { Command } from '../../arguments/command.ts'
import { Misuse } from '../../arguments/usage-error.ts'
import { givenPath } from '../../process/start.ts'
import { jsonReport } from '../../reporters/json.ts'
import { prettyReport } from '../../reporters/pretty.ts'
import { reporterNames, requireFolder, writeReports } from '../../reporters/reporters.ts'
import { storeFlag, withStore } from '../../stores/open-store.ts'
import { requireTestRun } from '../../stores/require-test-run.ts'
import { print } from '../../terminal/print.ts'
import { showCount, showText } from '../../terminal/show.ts'
import { printTestRuns } from './test-run-list.ts'

export const command: Command = {
  name: 'report',
  about:
    'Writes the reports of a test run from the store. They cover all shards, even if the replay was killed. Without an id it lists the newest test runs.',
  operands: '[test run]',
  flags: {
    store: storeFlag,
    reporter: {
      value: 'names',
      multiple: true,
      about: 'pretty, junit, markdown, html, json. Default: pretty.',
    },
    out: { value: 'folder', about: 'output folder of report files. Default: runtape-report.' },
    csv: { about: 'print the list of test runs as CSV' },
    json: { about: 'print the report as JSON' },
  },
  examples: [
    'runtape report',
    'runtape report de268678-…',
    'runtape report ci-1234 --reporter junit,markdown,html --out reports',
    'runtape report ci-1234 --json',
  ],
  run: args => {
    const [given, ...more] = args.operands
    if (more.length > 0) throw new Misuse('Name one test run: runtape report <test run>.')
    if (given !== undefined && args.has('csv'))
      throw new Misuse('--csv is for the list of test runs: runtape report --csv. A report has --json.')
    const reporters = reporterNames(args.texts('reporter'))
    const folder = givenPath(args.text('out') ?? 'runtape-report')
    return withStore(args, async store => {
      if (given === undefined) {
        await printTestRuns(store, args)
        return 0
      }
      const { testRunId, key, items, baselineOf } = await requireTestRun(store, given)
      await requireFolder(reporters, folder)
      const report = await testRunReport(store, testRunId)
      const judged = assessReport(report)
      const replayed = { key, report, judged, store, shard: undefined }
      if (args.has('json')) print(jsonReport(replayed).trimEnd())
      else {
        if (reporters.includes('pretty')) print(prettyReport(replayed))
        for (const note of notesOf(report, { ...items, baselineOf })) print(note)
        for (const path of await writeReports(replayed, reporters, folder)) print(path)
      }
      return judged.pass ? 0 : 1
    })
  },
}

/** What is missing in the report, and why. */
function notesOf(
  { status, summary }: ReplayReport,
  { removed = 0, baselineOf }: { readonly removed?: number; readonly baselineOf?: string | undefined },
): string[] {
  const notRun = summary.notRun > 0 && status === 'interrupted'
  return [
    ...(baselineOf === undefined
      ? []
      : [
          `This is the baseline of test run ${showText(baselineOf, 200)}: it replays the code before the change.`,
        ]),
    ...(notRun
      ? [
          `${showCount(summary.total - summary.notRun)} of ${showCount(summary.total)} items are in the store: the test run is running, or was interrupted.`,
        ]
      : []),
    ...(removed > 0 ? [`${showCount(removed)} items were removed with their traces.`] : []),
  ]
}
