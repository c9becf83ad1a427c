import type { RunContext } from '@runtape/core'
import type { FlagSource } from './flag-source.ts'

type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

/** What is used of a client of `@openfeature/server-sdk`. */
export interface OpenFeatureClient {
  getObjectDetails(
    flagKey: string,
    defaultValue: Json,
    context: { targetingKey: string } & { [attribute: string]: Json },
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
      // What JSON has no word for would not survive the way to most providers either.
      const fallback = JSON.parse(JSON.stringify(defaultValue)) as Json
      const details = await client.getObjectDetails(key, fallback, evaluationContext(context))
      const { value, variant, flagMetadata, errorCode, errorMessage } = details
      if (errorCode !== undefined) throw new Error([errorCode, errorMessage].filter(Boolean).join(': '))
      return { value, variationKey: variant, version: numberOf(flagMetadata?.version) }
    },
  }
}

function evaluationContext(context: RunContext) {
  return { ...context, targetingKey: context.key } as { targetingKey: string } & { [attribute: string]: Json }
}

const numberOf = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined)
