import { type RunContext, RuntapeError } from '@runtape/core'
import type { DefaultFlagValue, FlagSource } from './flag-source.ts'

type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

/** What is used of a client of `@openfeature/server-sdk`. */
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
 * AI configs from OpenFeature, whatever the provider behind it. The context's `key` is the targeting key; the variant
 * is the variation, and `flagMetadata.version` the version, where the value names none. An evaluation that failed,
 * also for a flag that does not exist, is reported, and the default is served.
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

// What JSON has no word for would not survive the way to most providers either.
function jsonOf(defaultValue: DefaultFlagValue): Json {
  try {
    return JSON.parse(JSON.stringify(defaultValue)) as Json
  } catch {
    return { _ldMeta: { ...defaultValue._ldMeta } }
  }
}

type EvaluationContext = { targetingKey?: string } & { [attribute: string]: Json }

// One key alone: a provider that knows both names warns of two. A context of several kinds has its keys inside.
function evaluationContext({ key, ...attributes }: RunContext): EvaluationContext {
  const named = attributes.kind === 'multi' ? attributes : { ...attributes, targetingKey: key }
  return named as EvaluationContext
}

function versionOf(version: unknown): number | undefined {
  const number = typeof version === 'string' && /^\d+$/.test(version) ? Number(version) : version
  return Number.isSafeInteger(number) ? (number as number) : undefined
}
