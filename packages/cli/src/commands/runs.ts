import type { Run, RunQuery } from '@runtape/core'
import type { Args } from '../arguments/args.ts'
import type { Command } from '../arguments/command.ts'
import { choice, customerFlags, customerOf, timeFlags, timesOf, whereOf } from '../arguments/conditions.ts'
import { Misuse } from '../arguments/usage-error.ts'
import { storeFlag, withStore } from '../stores/open-store.ts'
import { print, printJson } from '../terminal/print.ts'
import { runRow } from '../terminal/run-row.ts'
import { dim } from '../terminal/style.ts'
import { table } from '../terminal/table.ts'

export const command: Command = {
  name: 'runs',
  about: 'Lists runs, newest first, or as --sort says.',
  flags: {
    store: storeFlag,
    where: {
      value: 'name=value',
      multiple: true,
      about:
        'only runs with this feedback (or none), outcome (or unfinished), config, variation, version, model, provider, trace, contextKind or contextKey',
    },
    ...customerFlags,
    ...timeFlags,
    sort: { value: 'by', about: 'time, cost, tokens or duration; unknown comes last. Default: time.' },
    ascending: { about: 'the oldest, cheapest or shortest first' },
    limit: { value: 'n', about: 'at most so many. Default: 20.' },
    json: { about: 'print JSON' },
  },
  examples: [
    'runtape runs --where feedback=negative --since 7d',
    'runtape runs --customer user:ann --sort cost',
    'runtape runs --json | jq .items[].runId',
  ],
  run: args =>
    withStore(args, async store => {
      const page = await store.runs.list(queryOf(args))
      if (args.has('json')) printJson(page)
      else print(shown(page.items, page.nextCursor !== undefined))
      return 0
    }),
}

/** The names of conditions that are texts, and what they are in a query. */
const texts = {
  config: 'configKey',
  variation: 'variationKey',
  model: 'model',
  provider: 'provider',
  trace: 'traceId',
  contextKind: 'contextKind',
  contextKey: 'contextKey',
} as const

const feedbacks = ['positive', 'negative', 'none'] as const
const outcomes = ['success', 'error', 'cancelled', 'unfinished'] as const
const sorts = ['time', 'cost', 'tokens', 'duration'] as const

function queryOf(args: Args): RunQuery {
  const where = whereOf(args, ['feedback', 'outcome', 'version', ...Object.keys(texts)])
  const named = Object.entries(texts).map(([name, field]) => [field, where[name]] as const)
  const feedback = choice(where, 'feedback', feedbacks)
  const outcome = choice(where, 'outcome', outcomes)
  const sort = args.oneOf('sort', sorts)
  return {
    ...timesOf(args),
    limit: args.count('limit') ?? 20,
    ...Object.fromEntries(named.filter(([, value]) => value !== undefined)),
    ...(where.version !== undefined && { version: versionOf(where.version) }),
    ...customerOf(args),
    ...(feedback && { feedback }),
    ...(outcome && { outcome }),
    ...(sort && { sort }),
    ...(args.has('ascending') && { order: 'ascending' }),
  }
}

function versionOf(text: string): number {
  if (/^\d+$/.test(text)) return Number(text)
  throw new Misuse(`--where version must be a whole number (got "${text}").`)
}

const headings = ['started (UTC)', 'run', 'config', 'outcome', 'thumb', 'duration', 'tokens', 'cost']

function shown(runs: readonly Run[], hasMore: boolean): string {
  if (runs.length === 0) return 'No runs. Widen --where and --since, or see "runtape doctor".'
  const more = hasMore ? `\n${dim('There are more: --limit shows them.')}` : ''
  return `${table(headings, runs.map(runRow))}${more}\n${dim('runtape trace <run> shows what happened in one.')}`
}
