import { relative } from 'node:path'
import type { Store } from '@runtape/core/store'
import { exportTape } from '@runtape/replay/tapes'
import type { Args } from '../../arguments/args.ts'
import type { Command } from '../../arguments/command.ts'
import { traceQueryFlags, traceQueryOf } from '../../arguments/trace-query.ts'
import { Misuse } from '../../arguments/usage-error.ts'
import { tracesOfIds } from '../../cohorts/chosen-traces.ts'
import { itemsOfAll } from '../../stores/all-pages.ts'
import { storeFlag, withStore } from '../../stores/open-store.ts'
import { print, printError, printJson } from '../../terminal/print.ts'

export const command: Command = {
  name: 'export',
  about:
    'Writes each trace into its own JSON file, which is easy to review and replays without the database.',
  operands: '[trace or run id…]',
  flags: {
    store: storeFlag,
    ...traceQueryFlags,
    cohort: { value: 'cohort', about: 'the traces of a cohort: bad-refunds, or bad-refunds@3' },
    limit: { value: 'n', about: 'at most this many traces, newest first. Default: 20; all of a cohort.' },
    out: { value: 'folder', about: 'output folder. Default: tapes.' },
    json: { about: 'print the paths as JSON' },
  },
  examples: [
    "runtape export --where 'feedback:negative cost>0.02' --since 7d --out tapes",
    'runtape export 01995b0e8f2a… --out tapes',
    'runtape export --cohort bad-refunds@3 --out tapes/bad-refunds',
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
    `${count} written. They contain inputs and outputs as recorded, which may name people: read them before you commit them.`,
  )
}

async function traceIdsOf(store: Store, args: Args): Promise<string[]> {
  const [query, limit, cohort] = [traceQueryOf(args), args.count('limit'), args.text('cohort')]
  if (cohort !== undefined) return tracesOfCohort(store, cohort, args)
  if (args.operands.length > 0) {
    if (Object.keys(query).length > 0 || limit !== undefined)
      throw new Misuse('Name traces or choose them with --where, not both.')
    return tracesOfIds(store, args.operands)
  }
  if (Object.keys(query).length === 0 && limit === undefined)
    throw new Misuse(
      'Choose traces: runtape export <id…>, --where feedback:negative, --since 7d, or --cohort bad-refunds.',
    )
  const { items } = await store.traces.list({ ...query, limit: limit ?? 20 })
  if (items.length === 0) throw new Misuse('No trace in the store matches. Widen --where or --since.')
  return items.map(({ traceId }) => traceId)
}

/** All traces of a cohort, or the first `--limit`. */
async function tracesOfCohort(store: Store, cohort: string, args: Args): Promise<string[]> {
  if (args.operands.length > 0 || Object.keys(traceQueryOf(args)).length > 0)
    throw new Misuse('Choose traces with --cohort or with ids and --where, not both.')
  const found = await store.cohorts.get(cohort)
  if (!found) throw new Misuse(`There is no cohort "${cohort}". "runtape cohort list" shows them.`)
  const items = await itemsOfAll(
    page => store.cohorts.entries(`${found.name}@${found.version}`, page),
    args.count('limit'),
  )
  const there = items.flatMap(({ traceId, trace }) => (trace ? [traceId] : []))
  const gone = items.length - there.length
  if (gone > 0) printError(`${gone} of ${items.length} traces of ${cohort} are no longer on the tape.`)
  return there
}
