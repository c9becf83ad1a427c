import {
  AIConfig,
  type AIConfigDefault,
  consoleLogger,
  type Logger,
  type RunContext,
  RuntapeError,
  type Sink,
} from '@runtape/core'
import { sinkProblem } from '@runtape/core/internal'
import { createTracker, resumeTracker, type Tracker } from '@runtape/tracker'
import type { ServedConfig } from './configs/flag-value.ts'
import { readDefault, serveConfig, type Variables } from './configs/serve-config.ts'
import { readContext } from './context.ts'
import type { AIConfigMode, FlagSource } from './flag-source.ts'
import { warnOnce } from './warn-once.ts'

export interface ClientOptions {
  /** Where AI configs come from. */
  readonly flags: FlagSource
  /** Receives the run events of every tracker. */
  readonly sink: Sink
  readonly logger?: Logger
  /** Context attributes that run events keep besides kind and key. */
  readonly keepContext?: readonly string[]
}

export interface ResumeOptions {
  /** The `resumptionToken` of the run's tracker. */
  readonly token: string
  readonly context?: RunContext
}

export interface Client {
  /**
   * The AI config of a flag for a context, with its templates rendered. Never rejects: if the flag is absent, malformed or of
   * another mode, the flag source fails, or the context is unreadable or has no key, it warns and serves `defaultConfig`.
   * Default: a disabled config. `createTracker()` always works. A context of kind `multi` combines several contexts; its events
   * have the key `org:acme:user:ann`.
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
   * A tracker for a run that started elsewhere, with the same `runId`. Its events have no model or provider.
   *
   * @throws {InvalidTokenError} if the token cannot be decoded.
   */
  createTracker(resume: ResumeOptions): Tracker
}

/**
 * A client for AI configs. Each config creates trackers for its runs.
 *
 * @throws {RuntapeError} `invalid-option` if `flags` or `sink` is missing.
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
  const { flags, sink, logger = consoleLogger, keepContext = [] } = options ?? ({} as ClientOptions)
  const problem = flagsProblem(flags) ?? sinkProblem(sink)
  if (problem !== undefined) throw new RuntapeError('invalid-option', `Cannot create a client: ${problem}.`)
  const warn = warnOnce(logger)

  const evaluator =
    (mode: AIConfigMode): Client['completionConfig'] =>
    async (key, given, defaultGiven, variables) => {
      const context = readContext(given)
      const say = (problem: string) => warn(`${mode}Config("${String(key)}"): ${problem}.`)
      const defaultConfig = readDefault(defaultGiven, say)
      const served = await serveConfig(flags, { mode, key, context, defaultConfig, variables }, warn)
      const about = 'context' in context ? { context: context.context } : {}
      const facts = { sink, logger, keepContext, fromConfig: true, ...factsOf(key, served), ...about }
      return new AIConfig({ ...served.init, createTracker: () => createTracker(facts) })
    }

  return {
    completionConfig: evaluator('completion'),
    agentConfig: evaluator('agent'),
    createTracker: ({ token, context: given }) => {
      const resume = { token, sink, logger, keepContext, fromConfig: true }
      if (given === undefined) return resumeTracker(resume)
      const reading = readContext(given)
      if ('context' in reading) return resumeTracker({ ...resume, context: reading.context })
      warn(`createTracker: ${reading.problem}. The run's events will name no context.`)
      return resumeTracker(resume)
    },
  }
}

/** Facts about the config's origin on every event of its runs. */
function factsOf(key: unknown, { init, variationKey, version, model }: ServedConfig) {
  return {
    configKey: typeof key === 'string' ? key : '',
    variationKey,
    version,
    modelName: init.model?.name ?? '',
    providerName: init.provider?.name ?? '',
    ...(model && { attributes: model }),
  }
}

function flagsProblem(flags: FlagSource | undefined): string | undefined {
  if (typeof flags?.evaluate === 'function') return undefined
  return 'it needs flags with an evaluate method. Pass fileFlags(…) or another flag source'
}
