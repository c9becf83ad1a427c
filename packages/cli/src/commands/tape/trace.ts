import { RuntapeError } from '@runtape/core'
import type { AsOf, Run, Store, Trace } from '@runtape/core/store'
import pLimit from 'p-limit'
import { asOfFlag } from '../../arguments/as-of.ts'
import type { Command } from '../../arguments/command.ts'
import { Misuse } from '../../arguments/usage-error.ts'
import { storeFlag, withStore } from '../../stores/open-store.ts'
import { readAt, revisionIn } from '../../stores/read-at.ts'
import { readsAtOnce } from '../../stores/reads-at-once.ts'
import { recentId } from '../../stores/recent-id.ts'
import { idRule } from '../../stores/whole-id.ts'
import { print, printJson } from '../../terminal/print.ts'
import { runRow } from '../../terminal/run-row.ts'
import { showText } from '../../terminal/show.ts'
import { dim } from '../../terminal/style.ts'
import { table } from '../../terminal/table.ts'
import { traceTree } from '../../terminal/trace-tree.ts'

export const command: Command = {
  name: 'trace',
  about: 'Shows a trace as a tree of calls with their durations, tokens and results.',
  operands: '<trace id or run id>',
  flags: {
    store: storeFlag,
    values: { about: "show the start of each call's input and output; --json has all of it" },
    width: { value: 'n', about: 'at most this many calls under one call. Default: 20.' },
    depth: { value: 'n', about: 'at most this many levels. Default: 30.' },
    'as-of': asOfFlag,
    json: { about: 'print JSON' },
  },
  examples: ['runtape trace 01995b0e8f2a…', 'runtape trace 3f0c…-4d1e --values'],
  run: args => {
    const [id, ...more] = args.operands
    if (id === undefined || more.length > 0) throw new Misuse('Name one trace or run: runtape trace <id>.')
    const limits = { width: args.count('width') ?? 20, depth: args.count('depth') ?? 30 }
    return withStore(args, async store => {
      const read = await readAt(store, args, async at => {
        const trace = await findTrace(store, id, at)
        return { trace, runs: await runsOf(store, trace, at) }
      })
      const { trace, runs } = read.value
      if (args.has('json')) printJson({ ...trace, runs, ...revisionIn(read) })
      else print(shown(runs, trace.traceId, traceTree(trace, { ...limits, values: args.has('values') })))
      return 0
    })
  },
}

async function findTrace(store: Store, given: string, at: AsOf): Promise<Trace> {
  const found = await traceOf(store, given, at)
  if (found) return found
  const id = await recentId(store, given, at)
  const recent = id === undefined ? undefined : await traceOf(store, id, at)
  if (recent) return recent
  const run = await store.runs.get(id ?? given, at)
  const known = run
    ? `The store has no trace of run ${run.runId}`
    : `The store has no trace or run "${given}"`
  throw new RuntapeError('no-traces', `${known}. "runtape runs" lists runs. ${idRule}`)
}

/** @param id of a trace, or of a run */
async function traceOf(store: Store, id: string, at: AsOf): Promise<Trace | undefined> {
  const run = await store.runs.get(id, at)
  return store.traces.get(run?.traceId ?? id, at)
}

async function runsOf(store: Store, { spans }: Trace, at: AsOf): Promise<Run[]> {
  const ids = new Set(spans.flatMap(span => span.runId ?? []))
  const runs = await pLimit(readsAtOnce).map(ids, id => store.runs.get(id, at))
  return runs.flatMap(run => run ?? [])
}

const headings = ['started (UTC)', 'run', 'config', 'outcome', 'thumb', 'duration', 'tokens', 'cost']

function shown(runs: readonly Run[], traceId: string, tree: string): string {
  if (runs.length === 0) return tree
  // For `replay --trace`: after a look-up by run, the trace id is not yet known.
  return `${table(headings, runs.map(runRow))}\n\n${dim(`trace ${showText(traceId, 200)}`)}\n${tree}`
}
