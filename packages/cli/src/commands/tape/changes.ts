import type { Change, ChangesQuery, Revision, Store } from '@runtape/core/store'
import type { Args } from '../../arguments/args.ts'
import { momentOf } from '../../arguments/as-of.ts'
import type { Command } from '../../arguments/command.ts'
import { Misuse } from '../../arguments/usage-error.ts'
import { isOutputClosed } from '../../process/end-process.ts'
import { watchInterrupts } from '../../process/interrupts.ts'
import { newPause } from '../../process/pause.ts'
import { storeFlag, withStore } from '../../stores/open-store.ts'
import { csv } from '../../terminal/csv.ts'
import { print } from '../../terminal/print.ts'
import { showText } from '../../terminal/show.ts'
import { dim } from '../../terminal/style.ts'

const kinds = Object.keys({
  run: 1,
  trace: 1,
  'test-run': 1,
  item: 1,
  verdict: 1,
  cohort: 1,
  review: 1,
  view: 1,
  budget: 1,
  health: 1,
} satisfies Record<Change['kind'], 1>) as readonly Change['kind'][]

export const command: Command = {
  name: 'changes',
  about: 'Lists what changed since a revision or a time, oldest first, one line for each record.',
  flags: {
    store: storeFlag,
    since: { value: 'revision', about: 'a revision, or a time such as 1h. Default with --follow: now.' },
    kinds: { value: 'kinds', multiple: true, about: `only some of ${kinds.join(', ')}` },
    follow: { about: 'wait for more until interrupted' },
    limit: { value: 'n', about: 'at most this many. Default: all.' },
    csv: { about: 'print CSV: kind, id, isRemoved' },
    json: {
      about:
        'print one JSON object a line: each change, and after each page the revision up to which it is complete',
    },
  },
  examples: [
    'runtape changes --since 1h',
    'runtape changes --since r120.4.66.9-5e0c1f2a --json',
    'runtape changes --follow --kinds run',
  ],
  words: {
    removed:
      'pruned or erased: the mark is a hash of its id, because a store keeps no name of what was erased',
  },
  run: args => {
    const kindsAsked = kindsOf(args)
    if (args.text('since') === undefined && !args.has('follow'))
      throw new Misuse('Say since when: runtape changes --since 1h, or --since with a revision.')
    if (args.has('follow') && args.text('limit') !== undefined)
      throw new Misuse('--follow goes on until it is interrupted: use it without --limit.')
    if (args.has('csv') && args.has('json')) throw new Misuse('Print --csv or --json, not both.')
    return withStore(args, async store => {
      if (args.has('csv')) print(csv([['kind', 'id', 'isRemoved']]))
      const since = args.text('since')
      const start = since === undefined ? await store.revision() : momentOf('--since', since)
      const query = { since: start, ...(kindsAsked && { kinds: kindsAsked }) }
      return args.has('follow') ? follow(store, args, query) : list(store, args, query)
    })
  },
}

function kindsOf(args: Args): readonly Change['kind'][] | undefined {
  const given = args.texts('kinds')
  for (const kind of given)
    if (!kinds.some(known => known === kind))
      throw new Misuse(`--kinds knows ${kinds.join(', ')} (got "${kind}").`)
  return given.length === 0 ? undefined : kinds.filter(kind => given.includes(kind))
}

const mostAtOnce = 1000

async function list(store: Store, args: Args, query: ChangesQuery): Promise<number> {
  let left = args.count('limit') ?? Number.POSITIVE_INFINITY
  let { since } = query
  for (let hasMore = true; hasMore && left > 0 && !isOutputClosed(); ) {
    const page = await store.changes({ ...query, since, limit: Math.min(mostAtOnce, left) })
    for (const change of page.items) printChange(args, change)
    left -= page.items.length
    since = page.revision
    hasMore = page.hasMore
    if (args.has('json')) printRevision(page.revision)
    else if (!args.has('csv') && (!hasMore || left === 0))
      print(dim(`Up to revision ${page.revision}${hasMore ? '; there are more' : ''}.`))
  }
  return 0
}

const everyMs = 500

/** Prints changes as they come, until the first interrupt, or until the reader of the output has gone. */
async function follow(store: Store, args: Args, query: ChangesQuery): Promise<number> {
  const interrupts = watchInterrupts()
  const pause = newPause(interrupts.signal)
  let { since } = query
  while (!interrupts.signal.aborted && !isOutputClosed()) {
    const page = await store.changes({ ...query, since, limit: mostAtOnce })
    for (const change of page.items) printChange(args, change)
    if (args.has('json') && page.items.length > 0) printRevision(page.revision)
    since = page.revision
    if (!page.hasMore) await pause(everyMs)
  }
  return interrupts.exitCode() ?? 0
}

function printChange(args: Args, { kind, id, isRemoved }: Change): void {
  if (args.has('json')) print(JSON.stringify({ kind, id, ...(isRemoved && { isRemoved }) }))
  else if (args.has('csv')) print(csv([[kind, id, String(isRemoved === true)]]))
  else print([kind, ...(isRemoved ? ['removed'] : []), showText(id, 200)].join(' ').trimEnd())
}

const printRevision = (revision: Revision): void => print(JSON.stringify({ revision }))
