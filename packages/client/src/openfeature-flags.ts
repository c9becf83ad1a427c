import { type RunContext, RuntapeError } from '@runtape/core'
import type { DefaultFlagValue, FlagSource } from './flag-source.ts'

type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

/** The parts of an `@openfeature/server-sdk` client that are used. */
export interface OpenFeatureClient {
  getObjectDetails(
    flagKey: string,
    defaultValue: Json,
    context: { targetingKey?: string } & { [attribute: string]: Json },
  ): Promise<OpenFeatureDetails>
}

export interface OpenFeatureDetails {
  readonly value: unknown
  readonly variant?: string
  readonly flagMetadata?: Readonly<Record<string, unknown>>
  readonly errorCode?: string
  readonly errorMessage?: string
}

/**
 * AI configs from OpenFeature with any provider. The context's `key` is the targeting key. If the value names no variation or
 * version, the variant and `flagMetadata.version` are used. Failed evaluations, including those of unknown flags, are reported,
 * and the default is served.
 *
 * @example
 * ```ts
 * import { type FlagSource, type OpenFeatureClient, openFeatureFlags } from '@runtape/client'
 *
 * declare const openFeature: OpenFeatureClient // OpenFeature.getClient()
 * const flags: FlagSource = openFeatureFlags(openFeature)
 * ```
 */
export function openFeatureFlags(client: OpenFeatureClient): FlagSource {
  return {
    evaluate: async (key, context, defaultValue) => {
      const details = await client.getObjectDetails(key, jsonOf(defaultValue), evaluationContext(context))
      const { value, variant, flagMetadata, errorCode, errorMessage } = details
      if (errorCode !== undefined)
        throw new RuntapeError('invalid-config', [errorCode, errorMessage].filter(Boolean).join(': '))
      return { value, variationKey: variant, version: versionOf(flagMetadata?.version) }
    },
  }
}

// Most providers could not transmit values that JSON lacks either.
function jsonOf(defaultValue: DefaultFlagValue): Json {
  try {
    return JSON.parse(JSON.stringify(defaultValue)) as Json
  } catch {
    return { _ldMeta: { ...defaultValue._ldMeta } }
  }
}

type EvaluationContext = { targetingKey?: string } & { [attribute: string]: Json }

// Only one key: a provider that knows both names warns about two. A context of several kinds contains its keys.
function evaluationContext({ key, ...attributes }: RunContext): EvaluationContext {
  const named = attributes.kind === 'multi' ? attributes : { ...attributes, targetingKey: key }
  return named as EvaluationContext
}

function versionOf(version: unknown): number | undefined {
  const number = typeof version === 'string' && /^\d+$/.test(version) ? Number(version) : version
  return Number.isSafeInteger(number) ? (number as number) : undefined
}
