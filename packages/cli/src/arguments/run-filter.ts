import type { RunFilter } from '@runtape/core/store'
import type { Args } from './args.ts'
import type { Flag } from './command.ts'
import { choice, customerFlags, customerOf, timeFlags, timesOf } from './conditions.ts'
import { Misuse } from './usage-error.ts'
import { whereFlag, whereOf } from './where.ts'

/** The flags that say which runs. */
export const runFilterFlags: Readonly<Record<string, Flag>> = {
  where: whereFlag('runs'),
  ...customerFlags,
  ...timeFlags,
}

/** Names of string conditions, and the corresponding query arguments. */
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

/** Which runs `runFilterFlags` say. */
export function runFilterOf(args: Args): RunFilter {
  const { named: where, filter } = whereOf(args, ['feedback', 'outcome', 'version', ...Object.keys(texts)])
  const named = Object.entries(texts).map(([name, field]) => [field, where[name]] as const)
  const feedback = choice(where, 'feedback', feedbacks)
  const outcome = choice(where, 'outcome', outcomes)
  return {
    ...timesOf(args),
    ...Object.fromEntries(named.filter(([, value]) => value !== undefined)),
    ...(where.version !== undefined && { version: versionOf(where.version) }),
    ...customerOf(args),
    ...(feedback && { feedback }),
    ...(outcome && { outcome }),
    ...(filter !== undefined && { where: filter }),
  }
}

function versionOf(text: string): number {
  if (/^\d+$/.test(text)) return Number(text)
  throw new Misuse(`--where version must be a whole number (got "${text}").`)
}
