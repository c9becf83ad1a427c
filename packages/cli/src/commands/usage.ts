import type { UsageDimension, UsageRow } from '@runtape/core'
import type { Args } from '../args.ts'
import type { Command } from '../command.ts'
import { customerFlags, customerOf, timeFlags, timesOf } from '../conditions.ts'
import { storeFlag, withStore } from '../open-store.ts'
import { csv } from '../terminal/csv.ts'
import { print, printJson } from '../terminal/print.ts'
import { showCost, showCount, showDuration, showText } from '../terminal/show.ts'
import { table } from '../terminal/table.ts'
import { Misuse } from '../usage-error.ts'

const dimensions = Object.keys({
  hour: 1,
  day: 1,
  month: 1,
  config: 1,
  variation: 1,
  version: 1,
  model: 1,
  provider: 1,
  contextKind: 1,
  contextKey: 1,
} satisfies Record<UsageDimension, 1>) as readonly UsageDimension[]

export const command: Command = {
  name: 'usage',
  about: 'Sums up runs, tokens, cost and times: the bill. Replays are no part of it.',
  flags: {
    store: storeFlag,
    by: { value: 'columns', multiple: true, about: `one row for each: ${dimensions.join(', ')}` },
    config: { value: 'key', about: 'only runs of this config' },
    ...customerFlags,
    ...timeFlags,
    json: { about: 'print JSON' },
    csv: { about: 'print CSV, for a spreadsheet: costs in billionths of a dollar' },
  },
  examples: [
    'runtape usage --by config,day --since 30d',
    'runtape usage --customer ann --by month',
    'runtape usage --by contextKey --csv > bill.csv',
  ],
  run: args =>
    withStore(args, async store => {
      const groupBy = columnsOf(args)
      const configKey = args.text('config')
      const query = { ...timesOf(args), ...customerOf(args), groupBy, ...(configKey && { configKey }) }
      const rows = await store.runs.usage(query)
      if (args.has('json')) printJson(rows)
      else if (args.has('csv')) print(csvOf(rows, groupBy))
      else print(shown(rows, groupBy))
      return 0
    }),
}

function columnsOf(args: Args): UsageDimension[] {
  return args.texts('by').map(name => {
    const found = dimensions.find(dimension => dimension === name)
    if (found) return found
    throw new Misuse(`--by knows ${dimensions.join(', ')} (got "${name}").`)
  })
}

const headings = ['runs', 'ok', 'failed', 'up', 'down', 'input', 'output', 'cost', 'p50', 'p95']

function shown(rows: readonly UsageRow[], groupBy: readonly UsageDimension[]): string {
  if (rows.every(({ runs }) => runs === 0)) return 'No runs. Widen --since, or see "runtape doctor".'
  return table(
    [...groupBy, ...headings],
    rows.map(row => rowOf(row, groupBy)),
  )
}

function rowOf(row: UsageRow, groupBy: readonly UsageDimension[]): string[] {
  const { tokens, cost, durationMs } = row
  return [
    ...groupBy.map(dimension => showText(row.group[dimension] ?? '', 40)),
    ...[row.runs, row.succeeded, row.failed, row.positive, row.negative].map(showCount),
    ...[tokens?.input, tokens?.output].map(count => (count === undefined ? '' : showCount(count))),
    cost ? showCost(cost) : '',
    ...[durationMs?.p50, durationMs?.p95].map(ms => (ms === undefined ? '' : showDuration(ms))),
  ]
}

/** Exact figures, and everything that a bill needs. */
function csvOf(rows: readonly UsageRow[], groupBy: readonly UsageDimension[]): string {
  const figures = (row: UsageRow): Readonly<Record<string, number | undefined>> => ({
    runs: row.runs,
    succeeded: row.succeeded,
    failed: row.failed,
    positive: row.positive,
    negative: row.negative,
    inputTokens: row.tokens?.input,
    outputTokens: row.tokens?.output,
    totalTokens: row.tokens?.total,
    costNanoUsd: row.cost?.nanoUsd,
    unpricedRuns: row.cost?.unpricedRuns,
    durationP50Ms: row.durationMs?.p50,
    durationP95Ms: row.durationMs?.p95,
  })
  const lines = rows.map(row => ({
    groups: groupBy.map(name => row.group[name] ?? ''),
    figures: figures(row),
  }))
  const headings = Object.keys(lines[0]?.figures ?? {})
  return csv([
    [...groupBy, ...headings],
    ...lines.map(line => [...line.groups, ...headings.map(name => String(line.figures[name] ?? ''))]),
  ])
}
