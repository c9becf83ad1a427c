import type { Run, RunQuery, SavedView } from '@runtape/core/store'
import type { Args } from '../../arguments/args.ts'
import { asOfFlag } from '../../arguments/as-of.ts'
import type { Command } from '../../arguments/command.ts'
import { runFilterFlags, runFilterOf } from '../../arguments/run-filter.ts'
import { inView, viewFlag, viewOf } from '../../arguments/saved-view.ts'
import { storeFlag, withStore } from '../../stores/open-store.ts'
import { readAt, revisionIn } from '../../stores/read-at.ts'
import { print, printJson } from '../../terminal/print.ts'
import { runRow } from '../../terminal/run-row.ts'
import { runsAsCsv } from '../../terminal/runs-as-csv.ts'
import { dim } from '../../terminal/style.ts'
import { table } from '../../terminal/table.ts'

export const command: Command = {
  name: 'runs',
  about: 'Lists runs, newest first or as --sort says.',
  flags: {
    store: storeFlag,
    ...runFilterFlags,
    view: viewFlag,
    'as-of': asOfFlag,
    sort: { value: 'by', about: 'time, cost, tokens or duration; unknown values come last. Default: time.' },
    ascending: { about: 'oldest, cheapest or shortest first' },
    limit: { value: 'n', about: 'at most this many. Default: 20.' },
    csv: { about: 'print CSV, with exact figures' },
    json: { about: 'print JSON' },
  },
  examples: [
    'runtape runs --where feedback:negative --since 7d',
    'runtape runs --customer user:ann --sort cost',
    'runtape runs --json | jq .items[].runId',
    'runtape runs --since 30d --limit 1000 --csv > runs.csv',
    'runtape runs --as-of 1h',
  ],
  run: args =>
    withStore(args, async store => {
      const query = queryOf(args, await viewOf(store, args))
      const read = await readAt(store, args, at => store.runs.list({ ...query, ...at }))
      const page = read.value
      if (args.has('json')) printJson({ ...page, ...revisionIn(read) })
      else if (args.has('csv')) print(runsAsCsv(page.items))
      else print(shown(page.items, page.nextCursor !== undefined))
      return 0
    }),
}

const sorts = ['time', 'cost', 'tokens', 'duration'] as const

function queryOf(args: Args, view: SavedView | undefined): RunQuery {
  const sort = args.oneOf('sort', sorts) ?? sorts.find(each => each === view?.settings?.sort)
  return {
    ...inView(view, runFilterOf(args)),
    limit: args.count('limit') ?? 20,
    ...(sort && { sort }),
    ...(args.has('ascending') && { order: 'ascending' }),
  }
}

const headings = ['started (UTC)', 'run', 'config', 'outcome', 'thumb', 'duration', 'tokens', 'cost']

function shown(runs: readonly Run[], hasMore: boolean): string {
  if (runs.length === 0) return 'No runs. Widen --where and --since, or see "runtape doctor".'
  const more = hasMore ? `\n${dim('There are more: --limit shows them.')}` : ''
  return `${table(headings, runs.map(runRow))}${more}\n${dim('runtape trace <run> shows one run in detail.')}`
}
