import { dirname } from 'node:path'
import { messageOf } from '@runtape/core/internal'
import type { Store } from '@runtape/core/store'
import { type OutsideRule, type ReplayOptions, type ReplayReport, replay } from '@runtape/replay'
import { assessReport } from '@runtape/replay/report'
import type { Args } from '../../arguments/args.ts'
import type { Command } from '../../arguments/command.ts'
import { defaultItemTimeoutMs, replayFlags } from '../../arguments/replay-flags.ts'
import { testRunOfShard } from '../../arguments/test-run-id.ts'
import { Misuse } from '../../arguments/usage-error.ts'
import { openBaseline } from '../../baseline/open-baseline.ts'
import { codeChangeOf } from '../../git/code-change.ts'
import { commandLine } from '../../git/command-line.ts'
import { isolateItems } from '../../isolation/isolate-items.ts'
import { evaluatorNames, evaluatorTarget, isOwnEvaluator } from '../../loading/evaluators.ts'
import { targetOf } from '../../loading/export-target.ts'
import type { LoadedFunction } from '../../loading/load-function.ts'
import { loadReplay } from '../../loading/load-replay.ts'
import { optionsTarget } from '../../loading/options-module.ts'
import { needsStripFlag, stripFlags } from '../../loading/type-stripping.ts'
import { type Interrupts, watchInterrupts } from '../../process/interrupts.ts'
import { outsideMode, ownProcess } from '../../process/own-process.ts'
import { areResultsApart } from '../../process/results.ts'
import { runAgain } from '../../process/run-again.ts'
import { givenPath } from '../../process/start.ts'
import { takeStrays } from '../../process/strays.ts'
import { prettyReport } from '../../reporters/pretty.ts'
import { type ReporterName, reporterNames, requireFolder, writeReports } from '../../reporters/reporters.ts'
import { storeFlag, withStore } from '../../stores/open-store.ts'
import { print, printError } from '../../terminal/print.ts'
import { newProgress } from '../../terminal/progress.ts'
import { newWarnings } from '../../terminal/warnings.ts'
import { type OpenHandOut, openHandOut } from '../../workers/handing-out/open-hand-out.ts'
import { patientStore } from '../../workers/patience.ts'
import { printDryRun } from './dry-run.ts'

export const command: Command = {
  name: 'replay',
  about: 'Runs recorded traces of a traced function through its current code.',
  operands: '<file#export>',
  flags: {
    store: storeFlag,
    ...replayFlags,
    evaluator: {
      value: 'name',
      multiple: true,
      about:
        'judges each item: same-output, expected-output, json-diff, json-diff:ignore=id,items.*.at, text-similarity, or ./evaluators.ts#name',
    },
    with: {
      value: 'file#export',
      about: 'more options from a module: overrides, adaptInputs, a judge, a store…; flags override them',
    },
    reporter: {
      value: 'names',
      multiple: true,
      about: 'pretty, junit, markdown, html, json. Default: pretty.',
    },
    out: { value: 'folder', about: 'output folder of report files. Default: runtape-report.' },
  },
  examples: [
    'runtape replay ./src/agent.ts#answer --where feedback:negative --since 7d',
    'runtape replay ./src/agent.ts#answer --store tapes --mock all --evaluator same-output --reporter pretty,junit',
    'runtape replay ./src/agent.ts#answer --dry-run',
    'runtape replay ./src/agent.ts#answer --baseline main --evaluator same-output',
    'runtape replay ./src/agent.ts#answer --store "$DATABASE_URL" --limit 100000 --workers pg',
    'runtape replay ./src/agent.ts#answer --attempts 3 --with ./replay.ts#options --threshold polite=0.9',
  ],
  words: {
    same: 'an item ended as recorded',
    changed: 'an item ended differently',
    unknown: 'some values cannot be compared',
    'by the change': 'with --baseline: the code before the change does not differ in this way',
    'before too': 'with --baseline: the code before the change differs in the same way',
    failed: 'an item threw, did not run, or missed a call',
    served: 'a call got its recorded answer',
    drifted: 'a call with a different input got the recorded answer',
    missed: 'the tape has no answer for a call, so it did not run',
    unused: 'a recorded call was not made',
  },
  run: async args => {
    const target = targetOf(args.operands)
    const evaluators = evaluatorNames(args.whole('evaluator'))
    const needsFlag = modulesOf(target.path, evaluators, args.text('with')).some(needsStripFlag)
    const reporters = reporterNames(args.texts('reporter'))
    if (args.has('json') && !args.has('dry-run'))
      throw new Misuse('--json needs --dry-run. For the results of a replay use --reporter.')
    const resultsOnly = args.has('json') && !areResultsApart
    if (needsFlag || resultsOnly) return runAgain({ flags: needsFlag ? stripFlags : [], resultsOnly })
    const strays = takeStrays()
    const own = ownProcess(outsideMode(args))
    const { loaded, options, store: ownStore } = await loadReplay(args)
    const { shard } = options
    const testRunId = options.testRunId ?? (shard === undefined ? undefined : testRunOfShard(shard, args))
    if (args.has('dry-run')) {
      const joined = { ...options, ...(testRunId !== undefined && { testRunId }) }
      await withStore(args, store => printDryRun(loaded.key, joined, store, args), ownStore)
      return 0
    }
    await requireFolder(reporters, folderOf(args))
    const { outside } = own
    const whole = { ...options, outside, ...(testRunId !== undefined && { testRunId }) }
    own.loaded()
    const described = { command: commandLine(), ...(await gitFacts(args, target.path)), ...whole }
    const { logger = newWarnings() } = options
    const found = { stray: strays.add, warn: logger.warn.bind(logger), outside: own.addElsewhere }
    const replayFrom = async (given: Store) => {
      const of = { target, key: loaded.key, logger }
      const workers = await openHandOut(args, { ...of, options, found })
      const store = workers ? patientStore(given, logger) : given
      const baseline = await openBaseline(args, { ...of, store })
      const isolation = args.has('isolate') && !workers ? isolateItems(store, found) : undefined
      const isolate = isolation && { ...inProcesses(options), isolate: isolation.isolate, logger }
      const elsewhere = isolate ?? (workers && { ...atWorkers(workers, outside), logger })
      const replaying = replayAndReport(
        loaded,
        { ...described, ...elsewhere, ...(baseline && { baseline: baseline.code }), store },
        reporters,
        folderOf(args),
      )
      const ended = await replaying.finally(async () => {
        isolation?.over()
        await workers?.close()
        await baseline?.close()
      })
      if (!workers?.signal.aborted) return ended
      printError(messageOf(workers.signal.reason))
      return 2
    }
    const code = await withStore(args, replayFrom, ownStore)
    return code === 0 && strays.count > 0 ? 1 : code
  },
}

/** Facts about the code, unless `--no-git`. */
const gitFacts = (args: Args, path: string) => (args.has('no-git') ? {} : codeChangeOf(dirname(path)))

const atWorkers = (
  { isolate, signal, maxConcurrency, outside }: OpenHandOut,
  own: OutsideRule,
): Pick<ReplayOptions, 'isolate' | 'signal' | 'maxConcurrency' | 'outside'> => ({
  isolate,
  signal,
  maxConcurrency,
  outside: { ...own, elsewhere: () => [...(own.elsewhere?.() ?? []), ...outside()] },
})

/** A machine has no room for a thousand concurrent processes. */
const inProcesses = ({ maxConcurrency }: Pick<ReplayOptions, 'maxConcurrency'>) =>
  maxConcurrency === null ? { maxConcurrency: mostAtOnce } : {}

const mostAtOnce = 10

const folderOf = (args: Args): string => givenPath(args.text('out') ?? 'runtape-report')

/** The paths of all modules to load. */
function modulesOf(path: string, evaluators: readonly string[], options: string | undefined): string[] {
  const own = evaluators.filter(isOwnEvaluator).map(evaluatorTarget)
  const others = options === undefined ? own : [...own, optionsTarget(options)]
  return [path, ...others.map(target => target.path)]
}

/** Resolves to the exit code: whether the report passes, or the replay was interrupted. */
async function replayAndReport(
  loaded: LoadedFunction,
  options: ReplayOptions,
  reporters: readonly ReporterName[],
  folder: string,
): Promise<number> {
  const interrupts = watchInterrupts()
  const report = await replayWithProgress(loaded, options, interrupts)
  interrupts.over()
  const pass = await reportAll(loaded.key, report, options, { reporters, folder })
  return interrupts.exitCode() ?? (pass ? 0 : 1)
}

async function replayWithProgress(
  { fn, receiver }: LoadedFunction,
  options: ReplayOptions,
  { signal }: Interrupts,
): Promise<ReplayReport> {
  const progress = newProgress()
  try {
    return await replay(fn, {
      // Functions declared as mocked must not run for real unless the command says so.
      mock: 'marked',
      itemTimeoutMs: defaultItemTimeoutMs,
      receiver,
      logger: newWarnings(),
      ...options,
      // The command listens itself, because it must still report.
      signal: options.signal ? AbortSignal.any([signal, options.signal]) : signal,
      stopOnSigint: false,
      onProgress: ({ done, total, item }) => progress.step(done, total, item.sourceTraceId),
    })
  } finally {
    progress.end()
  }
}

/** Whether the report passes. */
async function reportAll(
  key: string,
  report: ReplayReport,
  { shard, store }: ReplayOptions & { store: Store },
  { reporters, folder }: { readonly reporters: readonly ReporterName[]; readonly folder: string },
): Promise<boolean> {
  const judged = assessReport(report)
  const replayed = { key, report, judged, store, shard }
  if (reporters.includes('pretty')) print(prettyReport(replayed))
  const paths = await writeReports(replayed, reporters, folder)
  for (const path of paths) print(path)
  return judged.pass
}
