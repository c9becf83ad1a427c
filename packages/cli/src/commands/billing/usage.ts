import type { UsageDimension, UsageQuery, UsageRow } from '@runtape/core/store'
import { lengthOfTime } from '@runtape/core/store-helpers'
import type { Args } from '../../arguments/args.ts'
import { asOfFlag } from '../../arguments/as-of.ts'
import type { Command } from '../../arguments/command.ts'
import { runFilterFlags, runFilterOf } from '../../arguments/run-filter.ts'
import { inView, viewFlag, viewOf } from '../../arguments/saved-view.ts'
import { Misuse } from '../../arguments/usage-error.ts'
import { storeFlag, withStore } from '../../stores/open-store.ts'
import { readAt, revisionIn } from '../../stores/read-at.ts'
import { csv } from '../../terminal/csv.ts'
import { print, printJson } from '../../terminal/print.ts'
import { showCost, showCount, showDuration, showText } from '../../terminal/show.ts'
import { dim } from '../../terminal/style.ts'
import { table } from '../../terminal/table.ts'

const dimensions = Object.keys({
  bucket: 1,
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

const named = dimensions.filter(name => name !== 'bucket')

export const command: Command = {
  name: 'usage',
  about: 'Sums up runs, tokens, cost and durations: the bill. Replays are excluded.',
  flags: {
    store: storeFlag,
    by: {
      value: 'columns',
      multiple: true,
      about: `one row for each of: ${named.join(', ')}, or 15m, 6h, 1w`,
    },
    config: { value: 'key', about: 'only runs of this config' },
    ...runFilterFlags,
    view: viewFlag,
    'time-zone': {
      value: 'name',
      about:
        'time zone of hours, days and months, such as Europe/Berlin. Default: UTC. --since and --until stay in UTC.',
    },
    'as-of': asOfFlag,
    adjustments: { about: 'what was added to the bill after --as-of, also for earlier runs' },
    sort: {
      value: 'by',
      about: 'sort rows by runs, cost or tokens, highest first; unknown values come last. Default: by group.',
    },
    limit: { value: 'n', about: 'at most this many groups, the others in one more row. Default: all.' },
    json: { about: 'print JSON' },
    csv: { about: 'print CSV, for a spreadsheet: costs in billionths of a dollar' },
  },
  examples: [
    'runtape usage --by config,day --since 30d',
    'runtape usage --customer ann --by month',
    'runtape usage --by contextKey --csv > bill.csv',
    'runtape usage --by contextKey --sort cost --limit 10 --where model:gpt-5-*',
    'runtape usage --by 15m --since 24h',
    'runtape usage --since 2026-01-01 --until 2026-02-01 --as-of 2026-02-02 --adjustments',
  ],
  run: args =>
    withStore(args, async store => {
      const { groupBy, ...bucket } = columnsOf(args)
      const configKey = args.text('config')
      const query = {
        ...inView(await viewOf(store, args), runFilterOf(args)),
        ...historyOf(args),
        ...rowsOf(args),
        groupBy,
        ...bucket,
        ...(configKey && { configKey }),
      }
      const read = await readAt(store, args, at => store.runs.usage({ ...query, ...at }))
      const rows = read.value
      if (args.has('json')) printJson({ rows, ...revisionIn(read) })
      else if (args.has('csv')) print(csvOf(rows, groupBy))
      else print(args.has('adjustments') ? shownAdjustments(rows, groupBy) : shown(rows, groupBy))
      return 0
    }),
}

function historyOf(args: Args): Pick<UsageQuery, 'timeZone' | 'adjustments'> {
  const timeZone = args.text('time-zone')
  const adjustments = args.has('adjustments')
  if (adjustments && args.text('as-of') === undefined)
    throw new Misuse('--adjustments needs --as-of, the time to start from, such as the day of the invoice.')
  return {
    ...(timeZone !== undefined && { timeZone }),
    ...(adjustments && { adjustments }),
  }
}

function rowsOf(args: Args): Pick<UsageQuery, 'orderBy' | 'limit'> {
  const [orderBy, limit] = [args.oneOf('sort', ['runs', 'cost', 'tokens']), args.count('limit')]
  return { ...(orderBy && { orderBy }), ...(limit !== undefined && { limit }) }
}

interface Columns {
  readonly groupBy: readonly UsageDimension[]
  readonly bucketMs?: number
}

function columnsOf(args: Args): Columns {
  let columns: Columns = { groupBy: [] }
  for (const name of args.texts('by')) {
    // No bucket is of length 0.
    const bucketMs = lengthOfTime(name) || undefined
    const dimension = bucketMs === undefined ? named.find(known => known === name) : 'bucket'
    if (dimension === undefined || (bucketMs !== undefined && 'bucketMs' in columns))
      throw new Misuse(`--by knows ${named.join(', ')} and one width such as 15m (got "${name}").`)
    columns = {
      ...columns,
      groupBy: [...columns.groupBy, dimension],
      ...(bucketMs !== undefined && { bucketMs }),
    }
  }
  return columns
}

type Column = readonly [heading: string, cell: (row: UsageRow) => string]

const columns: readonly Column[] = [
  ['runs', row => showCount(row.runs)],
  ['ok', row => showCount(row.succeeded)],
  ['failed', row => showCount(row.failed)],
  ['cancelled', row => showCount(row.cancelled)],
  ['unfinished', row => showCount(row.unfinished)],
  ['up', row => showCount(row.positive)],
  ['down', row => showCount(row.negative)],
  ['input', row => (row.tokens ? showCount(row.tokens.input) : '')],
  ['output', row => (row.tokens ? showCount(row.tokens.output) : '')],
  ['cost', row => (row.cost ? showCost(row.cost) : '')],
  ['p50', row => (row.durationMs ? showDuration(row.durationMs.p50) : '')],
  ['p95', row => (row.durationMs ? showDuration(row.durationMs.p95) : '')],
]

/** Columns that are omitted if they are 0 in every row. */
const rare = ['cancelled', 'unfinished'] as const

function shown(rows: readonly UsageRow[], groupBy: readonly UsageDimension[]): string {
  if (rows.every(({ runs }) => runs === 0)) return 'No runs. Widen --since, or see "runtape doctor".'
  return `${tableOf(rows, groupBy)}${unknownNote(rows)}`
}

function shownAdjustments(rows: readonly UsageRow[], groupBy: readonly UsageDimension[]): string {
  return rows.length === 0 ? 'Nothing was added to the bill since then.' : tableOf(rows, groupBy)
}

function tableOf(rows: readonly UsageRow[], groupBy: readonly UsageDimension[]): string {
  const empty: readonly string[] = rare.filter(name => rows.every(row => row[name] === 0))
  const used = columns.filter(([heading]) => !empty.includes(heading))
  const cells = rows.map(row => [
    ...groupsOf(row, groupBy).map(name => showText(name, 40)),
    ...used.map(([, cell]) => cell(row)),
  ])
  return table([...groupBy, ...used.map(([heading]) => heading)], cells)
}

/** What a row is called, column by column. */
const groupsOf = ({ group, rest }: UsageRow, groupBy: readonly UsageDimension[]): string[] =>
  groupBy.map(
    (dimension, index) => (rest === undefined ? group[dimension] : index === 0 && `(${rest} others)`) || '',
  )

function unknownNote(rows: readonly UsageRow[]): string {
  const unknown = rows.reduce((sum, row) => sum + row.unknownUsageRuns, 0)
  if (unknown === 0) return ''
  const runs = unknown === 1 ? '1 run used' : `${showCount(unknown)} runs used`
  return `\n${dim(`${runs} tokens that the provider did not report (for example a cancelled stream). The sums exclude them.`)}`
}

/** Exact figures with everything that a bill needs. */
function csvOf(rows: readonly UsageRow[], groupBy: readonly UsageDimension[]): string {
  const figures = (row: UsageRow): Readonly<Record<string, number | undefined>> => ({
    runs: row.runs,
    succeeded: row.succeeded,
    failed: row.failed,
    cancelled: row.cancelled,
    unfinished: row.unfinished,
    positive: row.positive,
    negative: row.negative,
    inputTokens: row.tokens?.input,
    outputTokens: row.tokens?.output,
    totalTokens: row.tokens?.total,
    costNanoUsd: row.cost?.nanoUsd,
    unpricedRuns: row.cost?.unpricedRuns,
    unknownUsageRuns: row.unknownUsageRuns,
    durationP50Ms: row.durationMs?.p50,
    durationP95Ms: row.durationMs?.p95,
  })
  const lines = rows.map(row => ({
    groups: groupsOf(row, groupBy),
    figures: figures(row),
  }))
  const headings = Object.keys(lines[0]?.figures ?? {})
  return csv([
    [...groupBy, ...headings],
    ...lines.map(line => [...line.groups, ...headings.map(name => String(line.figures[name] ?? ''))]),
  ])
}
