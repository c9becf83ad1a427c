import type { AIConfigJSON, RunContext } from '@runtape/core'

/** Purpose of a config: messages to complete, or instructions for an agent. */
export type AIConfigMode = 'completion' | 'agent'

/** The application's default in the form of a flag value, as passed to a flag source. */
export interface DefaultFlagValue extends AIConfigJSON {
  readonly _ldMeta: { readonly enabled: boolean; readonly variationKey: string; readonly mode: AIConfigMode }
}

export interface FlagEvaluation {
  /** An AI config in the form of LaunchDarkly's AI SDKs: `{ _ldMeta, model, provider, messages, … }`. Not trusted. */
  readonly value: unknown
  /** Used if the value itself has none. */
  readonly variationKey?: string | undefined
  /** Used if the value itself has none. */
  readonly version?: number | undefined
}

/**
 * Source of AI configs: a flag vendor, a file, or a few lines in the application.
 *
 * @example
 * ```ts
 * import type { FlagSource } from '@runtape/client'
 *
 * const flags: FlagSource = {
 *   evaluate: async (key, _context, defaultValue) =>
 *     key === 'greeting' ? { value: { _ldMeta: { enabled: true }, model: { name: 'gpt-5' } } } : { value: defaultValue },
 * }
 * ```
 */
export interface FlagSource {
  /**
   * The value of a flag for a context, or `defaultValue` if there is none. The client catches errors and serves the default. It
   * waits for the promise without a time limit.
   */
  evaluate(key: string, context: RunContext, defaultValue: DefaultFlagValue): Promise<FlagEvaluation>
}
