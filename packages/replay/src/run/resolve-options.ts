import { consoleLogger, type Logger } from '@runtape/core'
import type { Evaluator } from '../evaluators/evaluator.ts'
import type { MockPolicy, MockStrategy } from '../match/policy.ts'
import type { MockTiming, ReplayOptions } from '../options.ts'

/** The options of a replay, with the defaults of those that were not given. */
export interface ResolvedOptions extends ReplayOptions {
  readonly mock: MockStrategy | MockPolicy
  readonly onMiss: 'error' | 'run'
  readonly timing: MockTiming
  readonly evaluators: readonly Evaluator[]
  readonly attempts: number
  readonly maxConcurrency: number | null
  readonly keepItems: boolean
  readonly logger: Logger
}

/** Resolves the options once; all that follows takes them whole. */
export function resolveOptions(options: ReplayOptions): ResolvedOptions {
  const { mock = 'none', onMiss = 'error', timing = 'immediate', evaluators = [], attempts = 1 } = options
  const { maxConcurrency = 10, keepItems = true, logger = consoleLogger } = options
  const onItem = options.onItem?.bind(options)
  const own = onItem && { onItem }
  const defaults = { mock, onMiss, timing, evaluators, attempts, maxConcurrency, keepItems, logger }
  return over(options, { ...defaults, ...own })
}

/** `base` with the members of `own` on top. Not a copy: `base` may be frozen, or have inherited members. */
export const over = <B extends object, O extends object>(base: B, own: O): Omit<B, keyof O> & O =>
  Object.create(base, Object.getOwnPropertyDescriptors(own)) as Omit<B, keyof O> & O
