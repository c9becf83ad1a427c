import type { Run, RunQuery } from '@runtape/core'
import type { Args } from '../args.ts'
import type { Command } from '../command.ts'
import { choicesOf, customerFlags, customerOf, timeFlags, timesOf, whereOf } from '../conditions.ts'
import { storeFlag, withStore } from '../open-store.ts'
import { runRow } from '../run-row.ts'
import { print, printJson } from '../terminal/print.ts'
import { dim } from '../terminal/style.ts'
import { table } from '../terminal/table.ts'

export const command: Command = {
  name: 'runs',
  about: 'Lists runs, newest first.',
  flags: {
    store: storeFlag,
    where: {
      value: 'name=value',
      multiple: true,
      about: 'only runs with this feedback, outcome, config, variation, contextKind or contextKey',
    },
    ...customerFlags,
    ...timeFlags,
    limit: { value: 'n', about: 'at most so many. Default: 20.' },
    json: { about: 'print JSON' },
  },
  examples: [
    'runtape runs --where feedback=negative --since 7d',
    'runtape runs --customer user:ann',
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

function queryOf(args: Args): RunQuery {
  const where = whereOf(args, ['feedback', 'outcome', 'config', 'variation', 'contextKind', 'contextKey'])
  return {
    ...timesOf(args),
    limit: args.count('limit') ?? 20,
    ...(where.config !== undefined && { configKey: where.config }),
    ...(where.variation !== undefined && { variationKey: where.variation }),
    ...(where.contextKind !== undefined && { contextKind: where.contextKind }),
    ...(where.contextKey !== undefined && { contextKey: where.contextKey }),
    ...customerOf(args),
    ...choicesOf(where),
  }
}

const headings = ['started (UTC)', 'run', 'config', 'outcome', 'thumb', 'duration', 'tokens', 'cost']

function shown(runs: readonly Run[], hasMore: boolean): string {
  if (runs.length === 0) return 'No runs. Widen --where and --since, or see "runtape doctor".'
  const more = hasMore ? `\n${dim('There are more: --limit shows them.')}` : ''
  return `${table(headings, runs.map(runRow))}${more}\n${dim('runtape trace <run> shows what happened in one.')}`
}
