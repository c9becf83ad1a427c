import type { AIConfigDefault, AIConfigInit, RunContext } from '@runtape/core'
import { messageOf } from '@runtape/core/internal'
import { contextProblem, withKind } from './context.ts'
import type { AIConfigMode, DefaultFlagValue, FlagEvaluation, FlagSource } from './flag-source.ts'
import { readFlagValue, type ServedConfig } from './flag-value.ts'
import { renderConfig, renderTemplate } from './template.ts'

/** Values for the `{{names}}` in a config's messages and instructions. `ldctx` is always the context. */
export type Variables = Readonly<Record<string, unknown>>

/** What the application asks for. */
export interface ConfigRequest {
  readonly mode: AIConfigMode
  readonly key: string
  readonly context: RunContext
  readonly defaultConfig: AIConfigDefault
  readonly variables: Variables | undefined
}

type Warn = (message: string) => void

/** What the flag source has for a request, or else the default, and why. Never rejects. */
export async function serveConfig(
  flags: FlagSource,
  request: ConfigRequest,
  warn: Warn,
): Promise<ServedConfig> {
  const { mode, key, context, defaultConfig, variables } = request
  const render = (template: string) => renderTemplate(template, namesOf(variables, context))
  const say: Warn = problem => warn(`${mode}Config("${key}"): ${problem}.`)
  const fallBack = (problem?: string): ServedConfig => {
    if (problem !== undefined) say(`${problem}. The default is served`)
    return servedDefault(defaultConfig, render, say)
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
    const init = renderConfig(reading.served.init, render)
    return { ...reading.served, init }
  } catch (error) {
    return fallBack(`a template of its flag value is broken (${messageOf(error)})`)
  }
}

function servedDefault(
  defaultConfig: AIConfigDefault,
  render: (template: string) => string,
  say: Warn,
): ServedConfig {
  const { enabled, model, provider, messages, instructions, tools } = defaultConfig
  const init: AIConfigInit = {
    enabled,
    model,
    provider,
    messages,
    ...(instructions !== undefined && { instructions }),
    ...(tools !== undefined && { tools }),
  }
  const renderOrKeep = (template: string): string => {
    try {
      return render(template)
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
function namesOf(variables: Variables | undefined, context: RunContext): object {
  return Object.assign(Object.create(null), variables, { ldctx: context }) as object
}
