import {
  AIConfig,
  AIConfigDefault,
  consoleLogger,
  type Logger,
  type RunContext,
  RuntapeError,
  type Sink,
} from '@runtape/core'
import { createTracker, resumeTracker, type Tracker } from '@runtape/tracker'
import { contextProblem, withKind } from './context.ts'
import type { AIConfigMode, FlagSource } from './flag-source.ts'
import { type ConfigRequest, serveConfig, type Variables } from './serve-config.ts'
import { warnOnce } from './warn-once.ts'

export interface ClientOptions {
  /** Where AI configs come from. */
  readonly flags: FlagSource
  /** Takes the run events of every tracker. */
  readonly sink: Sink
  readonly logger?: Logger
  /** Attributes of the context that run events keep beside its kind and key. */
  readonly keepContext?: readonly string[]
}

export interface ResumeOptions {
  /** The `resumptionToken` of the run's tracker. */
  readonly token: string
  readonly context?: RunContext
}

export interface Client {
  /**
   * The AI config of a flag for a context, its templates filled. It never rejects: when the flag is absent, malformed
   * or of another mode, when the flag source fails, or when the context has no key, it warns and serves
   * `defaultConfig`, or a disabled config where that is left out. `createTracker()` always works.
   */
  completionConfig(
    key: string,
    context: RunContext,
    defaultConfig?: AIConfigDefault,
    variables?: Variables,
  ): Promise<AIConfig<Tracker>>
  /** As `completionConfig`, for a config with `instructions`. */
  agentConfig(
    key: string,
    context: RunContext,
    defaultConfig?: AIConfigDefault,
    variables?: Variables,
  ): Promise<AIConfig<Tracker>>
  /**
   * A tracker for a run that was started elsewhere, with the run's `runId`; its events name no model or provider.
   *
   * @throws {InvalidTokenError} when the token cannot be read.
   */
  createTracker(resume: ResumeOptions): Tracker
}

/**
 * A client for AI configs, each of which makes trackers for its runs.
 *
 * @throws {RuntapeError} `invalid-option` when `flags` or `sink` is missing.
 *
 * @example
 * ```ts
 * import { AIConfigDefault, createClient, fileFlags } from '@runtape/client'
 *
 * const sink = { append: (record: unknown) => console.log(record), flush: async () => {}, close: async () => {} }
 * const runtape = createClient({ flags: fileFlags('ai-configs.json'), sink })
 * const fallback = new AIConfigDefault({ model: { name: 'gpt-5-mini' } })
 * const config = await runtape.completionConfig('support-answer', { kind: 'user', key: 'u-1' }, fallback)
 * config.createTracker().trackSuccess()
 * ```
 */
export function createClient(options: ClientOptions): Client {
  const { flags, sink, logger = consoleLogger, keepContext = [] } = options
  requireMethod('flags', flags, 'evaluate', 'Pass fileFlags(…) or another flag source.')
  requireMethod('sink', sink, 'append', 'Pass a recorder, or { append, flush, close }.')
  const warn = warnOnce(logger)

  const configOf = async (request: ConfigRequest): Promise<AIConfig<Tracker>> => {
    const known = contextProblem(request.context) === undefined
    const context = known ? withKind({ ...request.context }) : undefined
    const { init, variationKey, version } = await serveConfig(flags, request, warn)
    const { key: configKey } = request
    const facts = {
      sink,
      logger,
      keepContext,
      configKey,
      variationKey,
      version,
      modelName: init.model?.name ?? '',
      providerName: init.provider?.name ?? '',
      ...(context && { context }),
    }
    return new AIConfig({ ...init, createTracker: () => createTracker(facts) })
  }

  const evaluator =
    (mode: AIConfigMode): Client['completionConfig'] =>
    (key, context, defaultConfig, variables) =>
      configOf({ mode, key, context, defaultConfig: asDefault(defaultConfig), variables })

  return {
    completionConfig: evaluator('completion'),
    agentConfig: evaluator('agent'),
    createTracker: ({ token, context }) => {
      const problem = context === undefined ? undefined : contextProblem(context)
      if (problem !== undefined) warn(`createTracker: ${problem}. The run's events will name no context.`)
      const known = context !== undefined && problem === undefined
      return resumeTracker({ token, sink, logger, keepContext, ...(known && { context: withKind(context) }) })
    },
  }
}

// Without types a default may be anything with the fields of one.
function asDefault(given: AIConfigDefault | undefined): AIConfigDefault {
  return given instanceof AIConfigDefault ? given : new AIConfigDefault(given ?? { enabled: false })
}

function requireMethod(option: string, value: unknown, method: string, advice: string): void {
  const object = value as Record<string, unknown> | undefined | null
  if (typeof object?.[method] === 'function') return
  throw new RuntapeError(
    'invalid-option',
    `createClient needs ${option} with the method ${method}. ${advice}`,
  )
}
