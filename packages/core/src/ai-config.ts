import { RuntapeError } from './errors.ts'
/** A message of a prompt. */
export interface Message {
  readonly role: 'system' | 'user' | 'assistant'
  readonly content: string
}

/** The model of an AI config, with the parameters to call it with. */
export interface ModelConfig {
  /** `''` when the config names no model. */
  readonly name: string
  /** Passed on to the provider by the application: temperature, maximum tokens, and the like. */
  readonly parameters?: Readonly<Record<string, unknown>>
  /** Attributes defined by the application. */
  readonly custom?: Readonly<Record<string, unknown>>
}

/** The provider of the model. */
export interface ProviderConfig {
  /** `''` when the config names no provider. */
  readonly name: string
}

/** A tool that the model may call. */
export interface Tool {
  readonly name: string
  readonly [property: string]: unknown
}

/** The parts of an AI config. */
export interface AIConfigInit {
  readonly enabled?: boolean
  readonly model?: ModelConfig
  readonly provider?: ProviderConfig
  readonly messages?: readonly Message[]
  readonly instructions?: string
  readonly tools?: readonly Tool[]
}

/** An AI config as a flag source stores it. */
export interface AIConfigJSON extends Omit<AIConfigInit, 'enabled'> {
  readonly _ldMeta: { readonly enabled: boolean }
}

/**
 * The application's fallback, used when the flag source has nothing usable. It creates no trackers; `AIConfig`, which the client
 * returns, does.
 *
 * @example
 * ```ts
 * import { AIConfigDefault } from '@runtape/core'
 *
 * const fallback = new AIConfigDefault({ model: { name: 'gpt-5-mini' }, messages: [{ role: 'system', content: 'Be brief.' }] })
 * const off = AIConfigDefault.disabled()
 * ```
 */
export class AIConfigDefault {
  readonly enabled: boolean
  readonly model: ModelConfig
  readonly provider: ProviderConfig
  readonly messages: readonly Message[]
  readonly instructions?: string
  readonly tools?: readonly Tool[]

  constructor(init: AIConfigInit = {}) {
    this.enabled = init.enabled ?? true
    this.model = init.model ?? { name: '' }
    this.provider = init.provider ?? { name: '' }
    this.messages = init.messages ?? []
    if (init.instructions !== undefined) this.instructions = init.instructions
    if (init.tools !== undefined) this.tools = init.tools
  }

  /** A fallback that switches the feature off. */
  static disabled(): AIConfigDefault {
    return new AIConfigDefault({ enabled: false })
  }

  toJSON(): AIConfigJSON {
    return configJSON(this)
  }
}

/**
 * What the client returns: the evaluated config with a working tracker factory, even when it is disabled. It is not an
 * `AIConfigDefault` and has no `disabled()`: only the client creates it.
 */
export class AIConfig<TTracker = unknown> {
  readonly enabled: boolean
  readonly model: ModelConfig
  readonly provider: ProviderConfig
  readonly messages: readonly Message[]
  readonly instructions?: string
  readonly tools?: readonly Tool[]
  /** Each call returns a new tracker for a new run, with a new runId. */
  readonly createTracker: () => TTracker

  constructor(init: AIConfigInit & { readonly createTracker: () => TTracker }) {
    if (typeof init?.createTracker !== 'function') {
      throw new RuntapeError(
        'invalid-config',
        'AIConfig needs createTracker. Use completionConfig() of a client; a fallback is an AIConfigDefault.',
      )
    }
    this.enabled = init.enabled ?? true
    this.model = init.model ?? { name: '' }
    this.provider = init.provider ?? { name: '' }
    this.messages = init.messages ?? []
    if (init.instructions !== undefined) this.instructions = init.instructions
    if (init.tools !== undefined) this.tools = init.tools
    this.createTracker = init.createTracker
  }

  toJSON(): AIConfigJSON {
    return configJSON(this)
  }
}

function configJSON(config: AIConfigDefault | AIConfig): AIConfigJSON {
  const { enabled, messages, model, provider, instructions, tools } = config
  return {
    _ldMeta: { enabled },
    messages,
    model,
    provider,
    ...(instructions !== undefined && { instructions }),
    ...(tools !== undefined && { tools }),
  }
}
