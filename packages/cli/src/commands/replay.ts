import { RuntapeError, type Store } from '@runtape/core'
import { type ReplayReport, replay } from '@runtape/replay'
import { judgeItem } from '@runtape/replay/report'
import type { Args } from '../args.ts'
import type { Command } from '../command.ts'
import { evaluatorsOf } from '../evaluators.ts'
import { type LoadedFunction, loadFunction } from '../load-function.ts'
import { interruptible } from '../on-interrupt.ts'
import { storeFlag, withStore } from '../open-store.ts'
import { replayFlags, replayOptionsOf } from '../replay-flags.ts'
import { prettyReport } from '../reporters/pretty.ts'
import { type ReporterName, reporterNames, writeReports } from '../reporters.ts'
import { ShardedStore, shardOf } from '../shard.ts'
import { targetOf } from '../target.ts'
import { print } from '../terminal/print.ts'
import { newProgress } from '../terminal/progress.ts'
import { needsStripFlag, runWithStripFlag } from '../type-stripping.ts'

export const command: Command = {
  name: 'replay',
  about: 'Runs recorded traces of a traced function through its code as it is now.',
  operands: '<file#export>',
  flags: {
    store: storeFlag,
    ...replayFlags,
    evaluator: {
      value: 'name',
      multiple: true,
      about: 'judges each item: same-output, or one of yours: ./evaluators.ts#name',
    },
    reporter: {
      value: 'names',
      multiple: true,
      about: 'pretty, junit, markdown, html; pretty when left out',
    },
    out: { value: 'folder', about: 'where the files go; runtape-report when left out' },
  },
  examples: [
    'runtape replay ./src/agent.ts#answer --where feedback=negative --since 7d --mock marked',
    'runtape replay ./src/agent.ts#answer --store tapes --mock all --evaluator same-output --reporter pretty,junit',
  ],
  run: async args => {
    const target = targetOf(args.operands)
    if (needsStripFlag(target.path)) return runWithStripFlag()
    const reporters = reporterNames(args.texts('reporter'))
    const options = { ...replayOptionsOf(args), evaluators: await evaluatorsOf(args.texts('evaluator')) }
    const loaded = await loadFunction(target)
    const shard = shardOf(args.text('shard'))
    return withStore(args, async store => {
      const sharded = new ShardedStore(store, shard)
      try {
        const report = await replayWithProgress(loaded, { ...options, store: interruptible(sharded.store) })
        return await reportAll(loaded.key, report, store, reporters, args)
      } catch (error) {
        if (!RuntapeError.isInstance(error) || error.code !== 'no-traces' || sharded.found === 0) throw error
        print(`None of the ${sharded.found} traces is in shard ${shard.index}/${shard.of}.`)
        return 0
      }
    })
  },
}

async function replayWithProgress(
  { fn, receiver }: LoadedFunction,
  options: Parameters<typeof replay>[1],
): Promise<ReplayReport> {
  const progress = newProgress()
  try {
    return await replay(fn, {
      ...options,
      receiver,
      onProgress: ({ done, total, item }) => progress.step(done, total, item.sourceTraceId),
    })
  } finally {
    progress.end()
  }
}

/** Reports, and says by the exit code whether anything speaks against the code. */
async function reportAll(
  key: string,
  report: ReplayReport,
  store: Store,
  reporters: readonly ReporterName[],
  args: Args,
): Promise<number> {
  const judged = report.items.map(item => judgeItem(item))
  const replayed = { key, report, judged, store }
  if (reporters.includes('pretty')) print(prettyReport(replayed))
  const paths = await writeReports(replayed, reporters, args.text('out') ?? 'runtape-report')
  for (const path of paths) print(path)
  return judged.some(({ problems }) => problems.length > 0) ? 1 : 0
}
