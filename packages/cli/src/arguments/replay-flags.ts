import type { MockStrategy, ReplayOptions, ReplayWhere } from '@runtape/replay'
import { defaultRef } from '../baseline/default-ref.ts'
import type { Args } from './args.ts'
import type { Flag } from './command.ts'
import { choicesOf, timeFlags } from './conditions.ts'
import { Misuse } from './usage-error.ts'
import { whereFlag, whereOf } from './where.ts'

/** A hanging item must not block a CI job for ever: the report must still be written. */
export const defaultItemTimeoutMs = 600_000

/** The flags that select traces and configure the replay. */
export const replayFlags: Readonly<Record<string, Flag>> = {
  where: whereFlag('traces'),
  ...timeFlags,
  cohort: { value: 'cohort', about: 'the traces of a cohort: bad-refunds, or bad-refunds@3' },
  limit: { value: 'n', about: 'at most this many, newest first. Default: 5; all of a cohort.' },
  trace: { value: 'id', multiple: true, about: 'only these traces' },
  mock: {
    value: 'which',
    about:
      'which calls are answered from the tape: none, marked (mockOnReplay), model or all. Default: marked.',
  },
  outside: {
    value: 'what',
    about:
      'calls of mockOnReplay functions and instrumented clients outside the replayed traces (a queue, a worker): refuse or allow. Default: refuse.',
  },
  'on-miss': { value: 'what', about: 'a call that is not on the tape: error or run. Default: error.' },
  timing: {
    value: 'when',
    about:
      'immediate: answers and timers come in the recorded order, without delay; recorded: with the recorded delays. Default: immediate.',
  },
  attempts: {
    value: 'n',
    about: 'replay each trace n times to see variance. Default: 1.',
  },
  timeout: { value: 'time', about: 'an item that runs longer fails: 500ms, 30s, 5m. Default: 10m.' },
  concurrency: {
    value: 'n',
    about:
      'number of concurrent items, or all (at most 10 with --isolate). Default: 10; with --workers 1000 in all, or 10 with --max-cost.',
  },
  isolate: {
    about: 'replay each item in a new process: for code that keeps state or never yields',
  },
  workers: {
    value: 'where',
    about:
      'pg: let "runtape worker" processes on any machine replay the items; they share the Postgres of --store',
  },
  lease: {
    value: 'time',
    about:
      'with --workers: an item whose worker gives no sign of life for this long goes to another. Default: 30s.',
  },
  env: {
    value: 'name',
    multiple: true,
    about:
      'with --workers: environment variables that the items get from here; their values go through the database. Always: TZ, LANG, LC_ALL, NODE_ENV.',
  },
  'jobs-schema': {
    value: 'name',
    about: 'with --workers: the Postgres schema of its queues. Default: runtape_jobs.',
  },
  threshold: {
    value: 'name=n',
    multiple: true,
    about:
      'the lowest mean score at which an evaluator passes: polite=0.9. Without a threshold every item must pass.',
  },
  prices: { about: 'show what items cost, by public price lists (@pydantic/genai-prices)' },
  baseline: {
    value: 'ref',
    optional: defaultRef,
    about:
      'also replay the code before the change, to show which differences the change caused; doubles time and cost. Default ref: HEAD if files are changed, otherwise the merge base with the main branch.',
  },
  'max-cost': {
    value: 'dollars',
    about:
      'start no more items once live calls have cost this much at public list prices; running items finish',
  },
  'allow-unpriced': {
    about: 'with --max-cost: calls without a price do not stop the replay, and count as nothing',
  },
  'must-run': {
    value: 'key',
    multiple: true,
    about: 'fail unless at least one item runs the real code of this call: only then the replay tests it',
  },
  shard: { value: 'i/n', about: 'only part i of n: for n machines, each with its own i' },
  'test-run': {
    value: 'id',
    about: 'the test run to join, or to start under this id; shards of one CI run find theirs automatically',
  },
  'guard-network': { about: 'refuse every fetch, http and https request of the replayed code' },
  'allow-host': { value: 'host', multiple: true, about: 'refuse every request except those to this host' },
  'dry-run': {
    about:
      'run nothing: show which traces would be replayed, which of their calls would be served, run or missed, why, and the cost',
  },
  json: { about: 'with --dry-run: print everything as JSON' },
  description: {
    value: 'text',
    about: 'description of the code change; kept on the test run. Default: from git.',
  },
  'no-git': { about: 'do not record commit, branch and changed files on the test run' },
  experiment: { value: 'id', about: 'name for a group of test runs' },
}

const conditions = ['feedback', 'outcome', 'status', 'tag', 'runId', 'sessionId', 'minDurationMs']

/** The options of `replay` from the flags; `replay` checks the values. */
export function replayOptionsOf(args: Args): Omit<ReplayOptions, 'store'> {
  const traceIds = args.texts('trace')
  const where = conditionsOf(args)
  const allow = args.texts('allow-host')
  return given({
    traceIds: traceIds.length > 0 ? traceIds : undefined,
    cohort: args.text('cohort'),
    where: Object.keys(where).length > 0 ? where : undefined,
    limit: args.count('limit'),
    mock: args.oneOf<MockStrategy>('mock', ['none', 'marked', 'model', 'all']),
    onMiss: args.oneOf('on-miss', ['error', 'run']),
    timing: args.oneOf('timing', ['immediate', 'recorded']),
    attempts: args.count('attempts'),
    itemTimeoutMs: args.duration('timeout'),
    maxConcurrency: args.text('concurrency') === 'all' ? null : args.count('concurrency'),
    thresholds: thresholdsOf(args),
    guardNetwork: args.has('guard-network') || allow.length > 0 ? { allow } : undefined,
    maxCostUsd: dollarsOf(args),
    allowUnpriced: args.has('allow-unpriced') || undefined,
    mustRun: args.texts('must-run').length > 0 ? args.texts('must-run') : undefined,
    codeChangeDescription: args.text('description'),
    experimentGroupId: args.text('experiment'),
    ...shardOf(args),
  })
}

function dollarsOf(args: Args): number | undefined {
  const text = args.text('max-cost')
  if (text === undefined) {
    if (args.has('allow-unpriced')) throw new Misuse('--allow-unpriced needs --max-cost.')
    return undefined
  }
  const dollars = /^\$?(\d+(?:\.\d+)?|\.\d+)$/.exec(text)?.[1]
  if (dollars !== undefined && Number(dollars) > 0) return Number(dollars)
  throw new Misuse(`--max-cost must be an amount of US dollars above 0, such as 5 or 0.50 (got "${text}").`)
}

type Given<T> = { [Name in keyof T]: Exclude<T[Name], undefined> }

const given = <T extends object>(options: T): Partial<Given<T>> =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Partial<Given<T>>

function shardOf(args: Args): { shard: string | undefined; testRunId: string | undefined } {
  const [shard, testRunId] = [args.text('shard'), args.text('test-run')]
  const [index = 0, of = 0] =
    /^(\d{1,6})\/(\d{1,6})$/
      .exec(shard ?? '')
      ?.slice(1)
      .map(Number) ?? []
  if (shard !== undefined && !(index >= 1 && index <= of))
    throw new Misuse(`--shard must be like 2/4, the second of four (got "${shard}").`)
  return { shard, testRunId }
}

function thresholdsOf(args: Args): Record<string, number> | undefined {
  const thresholds = args.texts('threshold').map(text => {
    const [, name = '', least = ''] = /^(.+)=([\d.]+)$/.exec(text) ?? []
    if (name !== '' && Number(least) >= 0 && Number(least) <= 1) return [name, Number(least)] as const
    throw new Misuse(
      `--threshold needs name=number, from 0 to 1, as in --threshold polite=0.9 (got "${text}").`,
    )
  })
  return thresholds.length > 0 ? Object.fromEntries(thresholds) : undefined
}

function conditionsOf(args: Args): ReplayWhere {
  const { named: where, filter } = whereOf(args, conditions)
  const { minDurationMs, ...texts } = where
  const [since, until] = [args.text('since'), args.text('until')]
  const least = Number(minDurationMs)
  if (minDurationMs !== undefined && !Number.isFinite(least)) {
    throw new Misuse(`--where minDurationMs must be a number of milliseconds (got "${minDurationMs}").`)
  }
  return {
    ...texts,
    ...choicesOf(where),
    ...(minDurationMs !== undefined && { minDurationMs: least }),
    ...(since !== undefined && { since }),
    ...(until !== undefined && { until }),
    ...(filter !== undefined && { filter }),
  }
}
