import type { AIConfigJSON, RunContext } from '@runtape/core'

/** What a config is for: messages to complete, or instructions of an agent. */
export type AIConfigMode = 'completion' | 'agent'

/** The application's default in the shape of a flag value, as a flag source gets it. */
export interface DefaultFlagValue extends AIConfigJSON {
  readonly _ldMeta: { readonly enabled: boolean; readonly variationKey: string; readonly mode: AIConfigMode }
}

export interface FlagEvaluation {
  /** An AI config as LaunchDarkly's AI SDKs hold it: `{ _ldMeta, model, provider, messages, … }`. Not trusted. */
  readonly value: unknown
  /** Used when the value itself names none. */
  readonly variationKey?: string | undefined
  /** Used when the value itself names none. */
  readonly version?: number | undefined
}

/**
 * Where AI configs come from: a flag vendor, a file, or a few lines of the application's own.
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
   * The value of a flag for a context, or `defaultValue` where there is none. The client catches what it throws and
   * serves the default; it waits as long as the promise does.
   */
  evaluate(key: string, context: RunContext, defaultValue: DefaultFlagValue): Promise<FlagEvaluation>
}
