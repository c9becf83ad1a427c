import {
  AIConfigDefault,
  type AIConfigInit,
  type Message,
  type RunContext,
  RuntapeError,
} from '@runtape/core'
import { messageOf } from '@runtape/core/internal'
import type { ContextReading } from '../context.ts'
import type { AIConfigMode, DefaultFlagValue, FlagEvaluation, FlagSource } from '../flag-source.ts'
import { renderConfig, renderTemplate } from '../templates/render.ts'
import { readFlagValue, type ServedConfig } from './flag-value.ts'

/** Values for the `{{names}}` in a config's messages and instructions. `ldctx` is always the context. */
export type Variables = Readonly<Record<string, unknown>>

/** What the application requests. */
export interface ConfigRequest {
  readonly mode: AIConfigMode
  readonly key: string
  readonly context: ContextReading
  readonly defaultConfig: AIConfigDefault
  readonly variables: Variables | undefined
}

type Warn = (message: string) => void

interface Rendering {
  readonly render: (template: string) => string
  readonly say: Warn
}

/** The config of the flag source, or the default with a warning. Never rejects. */
export async function serveConfig(
  flags: FlagSource,
  request: ConfigRequest,
  warn: Warn,
): Promise<ServedConfig> {
  const say: Warn = problem => warn(`${request.mode}Config("${String(request.key)}"): ${problem}.`)
  const render = (template: string) =>
    renderTemplate(template, namesOf(request), problem => say(`in a template, ${problem}`))
  const rendering = { render, say }
  try {
    return await evaluated(flags, request, rendering)
  } catch (error) {
    return servedDefault(request.defaultConfig, rendering, messageOf(error))
  }
}

/** @throws with the reason for serving the default */
async function evaluated(
  flags: FlagSource,
  { mode, key, context, defaultConfig }: ConfigRequest,
  rendering: Rendering,
): Promise<ServedConfig> {
  if (typeof key !== 'string')
    throw new RuntapeError('invalid-config', `the config key must be a string (got ${typeof key})`)
  if ('problem' in context) throw new RuntapeError('invalid-config', context.problem)
  const defaultValue = flagValueOf(defaultConfig, mode)
  const evaluation = await evaluate(flags, key, context.context, defaultValue)
  if (evaluation.value === defaultValue) return servedDefault(defaultConfig, rendering)
  const reading = readFlagValue(evaluation, mode)
  if ('problem' in reading) throw new RuntapeError('invalid-config', reading.problem)
  if (reading.notice !== undefined) rendering.say(reading.notice)
  return { ...reading.served, init: renderServed(reading.served.init, rendering) }
}

async function evaluate(
  flags: FlagSource,
  key: string,
  context: RunContext,
  defaultValue: DefaultFlagValue,
): Promise<FlagEvaluation> {
  try {
    const evaluation = await flags.evaluate(key, context, defaultValue)
    // Read inside the try: a vendor's value may throw when it is read.
    const { value, variationKey, version } = evaluation ?? { value: undefined }
    return { value, variationKey, version }
  } catch (error) {
    throw new RuntapeError('invalid-config', `the flag source failed (${messageOf(error)})`, { cause: error })
  }
}

function renderServed(init: AIConfigInit, { render }: Rendering): AIConfigInit {
  try {
    return renderConfig(init, render)
  } catch (error) {
    throw new RuntapeError('invalid-config', `a template of its flag value is broken (${messageOf(error)})`, {
      cause: error,
    })
  }
}

function servedDefault(
  defaultConfig: AIConfigDefault,
  { render, say }: Rendering,
  problem?: string,
): ServedConfig {
  if (problem !== undefined) say(`${problem}. The default is served`)
  const { enabled, model, provider, instructions, tools } = defaultConfig
  const init: AIConfigInit = {
    enabled,
    model,
    provider,
    messages: usableMessages(defaultConfig.messages, say),
    ...(typeof instructions === 'string' && { instructions }),
    ...(tools !== undefined && { tools }),
  }
  const renderOrKeep = (template: string): string => {
    try {
      return render(template)
    } catch (error) {
      say(`a template of the default is broken (${messageOf(error)}). It is used unrendered`)
      return template
    }
  }
  return { init: renderConfig(init, renderOrKeep), variationKey: '', version: 1 }
}

// In JavaScript, a default may be anything.
function usableMessages(messages: unknown, say: Warn): readonly Message[] {
  const list: readonly unknown[] = Array.isArray(messages) ? messages : []
  const usable = list.filter((message): message is Message => {
    return typeof (message as Partial<Message> | null)?.content === 'string'
  })
  const isWhole = usable.length === list.length && (messages === undefined || Array.isArray(messages))
  if (!isWhole) say('the default has messages without text content. They are omitted')
  return usable
}

/** The application's default, which may be anything in JavaScript. */
export function readDefault(given: AIConfigDefault | undefined, say: Warn): AIConfigDefault {
  if (given === undefined || given === null) return AIConfigDefault.disabled()
  try {
    return given instanceof AIConfigDefault ? given : new AIConfigDefault(given)
  } catch (error) {
    say(`the default cannot be read (${messageOf(error)}), so it is disabled`)
    return AIConfigDefault.disabled()
  }
}

function flagValueOf(defaultConfig: AIConfigDefault, mode: AIConfigMode): DefaultFlagValue {
  const { enabled } = defaultConfig
  return { ...defaultConfig.toJSON(), _ldMeta: { enabled, variationKey: '', mode } }
}

// Without a prototype, so that a template sees only the given names.
function namesOf({ variables, context }: ConfigRequest): object {
  const ldctx = 'context' in context ? context.context : undefined
  return Object.assign(Object.create(null), variables, { ldctx }) as object
}
