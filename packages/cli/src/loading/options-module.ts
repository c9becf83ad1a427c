import type { Store } from '@runtape/core/store'
import type { ReplayOptions, ReplayWhere } from '@runtape/replay'
import { Misuse } from '../arguments/usage-error.ts'
import { exportTarget, type Target } from './export-target.ts'
import { loadExport } from './load-function.ts'

/** Options that a module may set: all except those that belong to the command. */
export type ModuleOptions = Partial<
  Omit<
    ReplayOptions,
    'baseline' | 'isolate' | 'outside' | 'onProgress' | 'signal' | 'stopOnSigint' | 'keepItems'
  >
>

const allowed = Object.keys({
  store: true,
  where: true,
  limit: true,
  traceIds: true,
  cohort: true,
  expected: true,
  spans: true,
  mock: true,
  onMiss: true,
  overrides: true,
  adaptInputs: true,
  itemTimeoutMs: true,
  timing: true,
  maxConcurrency: true,
  guardNetwork: true,
  receiver: true,
  evaluators: true,
  thresholds: true,
  attempts: true,
  onItem: true,
  testRunId: true,
  shard: true,
  prices: true,
  maxCostUsd: true,
  allowUnpriced: true,
  onSpend: true,
  mustRun: true,
  codeChangeDescription: true,
  codeChangeFiles: true,
  commit: true,
  branch: true,
  command: true,
  experimentGroupId: true,
  logger: true,
} satisfies Record<keyof ModuleOptions, true>)

/** The module that exports the options. */
export const optionsTarget = (text: string): Target =>
  exportTarget(text, 'the module that exports the options')

/** The options named by `--with ./replay.ts#options`; the default export if no name is given. */
export async function moduleOptions(text: string | undefined): Promise<ModuleOptions> {
  if (text === undefined) return {}
  const value = await loadExport(optionsTarget(text))
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Misuse(`${text} is not an options object. Export one: export const options = { overrides: … }.`)
  // A misspelt option would be ignored silently.
  const unknown = Object.keys(value).find(name => !allowed.includes(name))
  if (unknown !== undefined)
    throw new Misuse(
      `${text} has the option "${unknown}", which --with does not support. It supports ${allowed.join(', ')}.`,
    )
  return value
}

type FlagOptions = Omit<ReplayOptions, 'outside' | 'store'>

/** Merges both; flags override the module. */
export function withFlags(module: ModuleOptions, flags: FlagOptions): FlagOptions & { store?: Store } {
  const { where, limit, traceIds, spans, cohort, ...rest } = module
  const named = new Set(flags.evaluators?.map(({ name }) => name))
  return {
    ...rest,
    ...chosen({ where, limit, traceIds, spans, cohort }, flags),
    ...flags,
    evaluators: [
      ...(module.evaluators ?? []).filter(({ name }) => !named.has(name)),
      ...(flags.evaluators ?? []),
    ],
    thresholds: { ...module.thresholds, ...flags.thresholds },
    ...(flags.where && { where: both(traceIds || spans || cohort !== undefined ? {} : where, flags.where) }),
  }
}

/** Named conditions of flags override those of the module; filters must both match. */
function both(module: ReplayOptions['where'], flags: NonNullable<ReplayOptions['where']>): ReplayWhere {
  const [own, given] = [conditionsIn(module), conditionsIn(flags)]
  const filters = [own.filter, given.filter].filter(text => text !== undefined)
  return { ...own, ...given, ...(filters.length > 0 && { filter: filters.join(' ') }) }
}

const conditionsIn = (where: ReplayOptions['where'] = {}): ReplayWhere =>
  typeof where === 'string' ? { filter: where } : where

type Choice = {
  readonly [Name in 'where' | 'limit' | 'traceIds' | 'spans' | 'cohort']: ModuleOptions[Name] | undefined
}

/** The module's selection of traces, unless flags select them differently. */
function chosen(
  { where, limit, traceIds, spans, cohort }: Choice,
  flags: FlagOptions,
): Partial<ModuleOptions> {
  if (flags.traceIds) return {}
  if (flags.cohort !== undefined) return limit === undefined ? {} : { limit }
  if (cohort !== undefined && flags.where === undefined)
    return { cohort, ...(limit !== undefined && { limit }) }
  const narrowed = flags.where !== undefined || flags.limit !== undefined
  return {
    ...(where && { where }),
    ...(limit !== undefined && { limit }),
    ...(traceIds && !narrowed && { traceIds }),
    ...(spans && !narrowed && { spans }),
  }
}
