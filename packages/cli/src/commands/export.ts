import { relative } from 'node:path'
import type { Store, TraceQuery } from '@runtape/core'
import { exportTape } from '@runtape/replay/tapes'
import pLimit from 'p-limit'
import type { Args } from '../arguments/args.ts'
import type { Command } from '../arguments/command.ts'
import { choicesOf, timeFlags, timesOf, whereOf } from '../arguments/conditions.ts'
import { Misuse } from '../arguments/usage-error.ts'
import { storeFlag, withStore } from '../stores/open-store.ts'
import { readsAtOnce } from '../stores/reads-at-once.ts'
import { print, printError, printJson } from '../terminal/print.ts'

export const command: Command = {
  name: 'export',
  about:
    'Writes each trace into its own JSON file, which is easy to review and replays without the database.',
  operands: '[trace or run id…]',
  flags: {
    store: storeFlag,
    where: {
      value: 'name=value',
      multiple: true,
      about: 'traces with this key, feedback, outcome, status, tag, runId or sessionId',
    },
    ...timeFlags,
    limit: { value: 'n', about: 'at most this many traces, newest first. Default: 20.' },
    out: { value: 'folder', about: 'output folder. Default: tapes.' },
    json: { about: 'print the paths as JSON' },
  },
  examples: [
    'runtape export --where feedback=negative --since 7d --out tapes',
    'runtape export 01995b0e8f2a… --out tapes',
  ],
  run: args =>
    withStore(args, async store => {
      const traceIds = await traceIdsOf(store, args)
      const folder = args.text('out') ?? 'tapes'
      const paths: string[] = []
      for (const traceId of traceIds) paths.push(relative('', await exportTape(store, traceId, folder)))
      if (args.has('json')) printJson(paths)
      else {
        for (const path of paths) print(path)
        warnOfPeople(paths)
      }
      return 0
    }),
}

function warnOfPeople(paths: readonly string[]): void {
  const count = paths.length === 1 ? '1 trace' : `${paths.length} traces`
  printError(
    `${count} written. They contain unredacted inputs and outputs: read them before you commit them.`,
  )
}

async function traceIdsOf(store: Store, args: Args): Promise<string[]> {
  const query = queryOf(args)
  if (args.operands.length > 0) {
    if (Object.keys(query).length > 0) throw new Misuse('Name traces or choose them with --where, not both.')
    return pLimit(readsAtOnce).map(args.operands, async id => (await store.runs.get(id))?.traceId ?? id)
  }
  if (Object.keys(query).length === 0)
    throw new Misuse('Choose traces: runtape export <id…>, --where feedback=negative, or --since 7d.')
  const { items } = await store.traces.list({ limit: 20, ...query })
  if (items.length === 0) throw new Misuse('No trace in the store matches. Widen --where or --since.')
  return items.map(({ traceId }) => traceId)
}

function queryOf(args: Args): TraceQuery {
  const where = whereOf(args, ['key', 'feedback', 'outcome', 'status', 'tag', 'runId', 'sessionId'])
  const limit = args.count('limit')
  return { ...where, ...choicesOf(where), ...timesOf(args), ...(limit !== undefined && { limit }) }
}
