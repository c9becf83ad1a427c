import {
  AIConfig,
  AIConfigDefault,
  type AIConfigInit,
  consoleLogger,
  type Logger,
  messageOf,
  type RunContext,
  RuntapeError,
  type Sink,
} from '@runtape/core'
import { createTracker, resumeTracker, type Tracker } from '@runtape/tracker'
import { contextProblem, withKind } from './context.ts'
import type { AIConfigMode, DefaultFlagValue, FlagEvaluation, FlagSource } from './flag-source.ts'
import { readFlagValue, type ServedConfig } from './flag-value.ts'
import { renderConfig, renderTemplate } from './template.ts'
import { warnOnce } from './warn-once.ts'

/** Values for the `{{names}}` in a config's messages and instructions. `ldctx` is always the context. */
export type Variables = Readonly<Record<string, unknown>>

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

interface Request {
  readonly mode: AIConfigMode
  readonly key: string
  readonly context: RunContext
  readonly defaultConfig: AIConfigDefault
  readonly variables: object
}

type Warn = (message: string) => void

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

  const configOf = async (request: Request): Promise<AIConfig<Tracker>> => {
    const known = contextProblem(request.context) === undefined
    const { init, variationKey, version } = await serve(flags, request, warn)
    const { key: configKey } = request
    const facts = {
      ...{ sink, logger, keepContext, configKey, variationKey, version },
      modelName: init.model?.name ?? '',
      providerName: init.provider?.name ?? '',
      ...(known && { context: withKind({ ...request.context }) }),
    }
    return new AIConfig({ ...init, createTracker: () => createTracker(facts) })
  }

  const evaluator =
    (mode: AIConfigMode): Client['completionConfig'] =>
    (key, context, defaultConfig = AIConfigDefault.disabled(), variables = {}) =>
      configOf({ mode, key, context, defaultConfig, variables: namesOf(variables, context) })

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

async function serve(flags: FlagSource, request: Request, warn: Warn): Promise<ServedConfig> {
  const { mode, key, context, defaultConfig, variables } = request
  const say: Warn = problem => warn(`${mode}Config("${key}"): ${problem}.`)
  const fallBack = (problem?: string): ServedConfig => {
    if (problem !== undefined) say(`${problem}. The default is served`)
    return servedDefault(defaultConfig, variables, say)
  }

  const problem = contextProblem(context)
  if (problem !== undefined) return fallBack(problem)
  const defaultValue = flagValueOf(defaultConfig, mode)
  let evaluation: FlagEvaluation
  try {
    evaluation = await flags.evaluate(key, withKind(context), defaultValue)
  } catch (error) {
    return fallBack(`the flag source failed (${messageOf(error)})`)
  }
  if (evaluation?.value === defaultValue) return fallBack()
  const reading = readFlagValue(evaluation ?? { value: undefined }, mode)
  if ('problem' in reading) return fallBack(reading.problem)
  if (reading.notice !== undefined) say(reading.notice)
  try {
    const init = renderConfig(reading.served.init, template => renderTemplate(template, variables))
    return { ...reading.served, init }
  } catch (error) {
    return fallBack(`a template of its flag value is broken (${messageOf(error)})`)
  }
}

function servedDefault(defaultConfig: AIConfigDefault, variables: object, say: Warn): ServedConfig {
  const { enabled, model, provider, messages, instructions, tools } = defaultConfig
  const init: AIConfigInit = {
    ...{ enabled, model, provider, messages },
    ...(instructions !== undefined && { instructions }),
    ...(tools !== undefined && { tools }),
  }
  const renderOrKeep = (template: string): string => {
    try {
      return renderTemplate(template, variables)
    } catch (error) {
      say(`a template of the default is broken (${messageOf(error)}). It is used as it is`)
      return template
    }
  }
  return { init: renderConfig(init, renderOrKeep), variationKey: '', version: 1 }
}

function flagValueOf(defaultConfig: AIConfigDefault, mode: AIConfigMode): DefaultFlagValue {
  const { enabled } = defaultConfig
  return { ...defaultConfig.toJSON(), _ldMeta: { enabled, variationKey: '', mode } }
}

// Without a prototype: a template sees the names it was given and no others.
function namesOf(variables: Variables, context: RunContext): object {
  return Object.assign(Object.create(null), variables, { ldctx: context }) as object
}

function requireMethod(option: string, value: unknown, method: string, advice: string): void {
  const object = value as Record<string, unknown> | undefined | null
  if (typeof object?.[method] === 'function') return
  throw new RuntapeError(
    'invalid-option',
    `createClient needs ${option} with the method ${method}. ${advice}`,
  )
}
