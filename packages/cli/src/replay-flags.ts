import type { ReplayOptions, ReplayWhere } from '@runtape/replay'
import type { Args } from './args.ts'
import type { Flag } from './command.ts'
import { timeFlags, whereOf } from './conditions.ts'
import { Misuse } from './misuse.ts'

/** The flags that say which traces are replayed and how. */
export const replayFlags: Readonly<Record<string, Flag>> = {
  where: {
    value: 'name=value',
    multiple: true,
    about: 'traces with this feedback, outcome, status, tag, runId, sessionId or minDurationMs',
  },
  ...timeFlags,
  limit: { value: 'n', about: 'at most so many, newest first; 5 when left out' },
  trace: { value: 'id', multiple: true, about: 'just these traces' },
  mock: { value: 'which', about: 'calls answered from the tape: none, marked or all; none when left out' },
  'on-miss': { value: 'what', about: 'a call that is not on the tape: error or run; error when left out' },
  timing: { value: 'when', about: 'answers come immediate or as recorded; immediate when left out' },
  concurrency: { value: 'n', about: 'how many at once, or all; 10 when left out' },
  shard: { value: 'i/n', about: 'only the i-th of n parts: for n machines, each with its own i' },
  'guard-network': { about: 'refuses every request of the replayed code' },
  'allow-host': { value: 'host', multiple: true, about: 'refuses every request but those to this host' },
  description: { value: 'text', about: 'what was changed; kept on the test run' },
  experiment: { value: 'id', about: 'groups several test runs' },
}

const conditions = ['feedback', 'outcome', 'status', 'tag', 'runId', 'sessionId', 'minDurationMs']

/** What `replay` is told by the flags; it checks the values itself. */
export function replayOptionsOf(args: Args): Omit<ReplayOptions, 'store'> {
  const traceIds = args.texts('trace')
  const where = conditionsOf(args)
  const mock = args.oneOf('mock', ['none', 'marked', 'all'])
  const onMiss = args.oneOf('on-miss', ['error', 'run'])
  const timing = args.oneOf('timing', ['immediate', 'recorded'])
  const limit = args.count('limit')
  const maxConcurrency = concurrencyOf(args)
  const allow = args.texts('allow-host')
  const [codeChangeDescription, experimentGroupId] = [args.text('description'), args.text('experiment')]
  return {
    ...(traceIds.length > 0 && { traceIds }),
    ...(Object.keys(where).length > 0 && { where }),
    ...(mock && { mock }),
    ...(onMiss && { onMiss }),
    ...(timing && { timing }),
    ...(limit !== undefined && { limit }),
    ...(maxConcurrency !== undefined && { maxConcurrency }),
    ...((args.has('guard-network') || allow.length > 0) && { guardNetwork: { allow } }),
    ...(codeChangeDescription !== undefined && { codeChangeDescription }),
    ...(experimentGroupId !== undefined && { experimentGroupId }),
  }
}

function conditionsOf(args: Args): ReplayWhere {
  const { minDurationMs, ...texts } = whereOf(args, conditions)
  const [since, until] = [args.text('since'), args.text('until')]
  const least = Number(minDurationMs)
  if (minDurationMs !== undefined && !Number.isFinite(least)) {
    throw new Misuse(`--where minDurationMs must be a number of milliseconds (got "${minDurationMs}").`)
  }
  return {
    ...texts,
    ...(minDurationMs !== undefined && { minDurationMs: least }),
    ...(since !== undefined && { since }),
    ...(until !== undefined && { until }),
  }
}

function concurrencyOf(args: Args): number | null | undefined {
  return args.text('concurrency') === 'all' ? null : args.count('concurrency')
}
