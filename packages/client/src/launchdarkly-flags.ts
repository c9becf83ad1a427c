import type { FlagSource } from './flag-source.ts'
import type { LaunchDarklyClient } from './launchdarkly-client.ts'

/**
 * AI configs from LaunchDarkly. Each evaluation is also counted there as use of an AI config, as LaunchDarkly's own
 * AI SDKs do. Wait for the client's initialization first: until then it serves defaults.
 *
 * @example
 * ```ts
 * import { type FlagSource, type LaunchDarklyClient, launchDarklyFlags } from '@runtape/client'
 *
 * declare const ldClient: LaunchDarklyClient // init(sdkKey), after waitForInitialization()
 * const flags: FlagSource = launchDarklyFlags(ldClient)
 * ```
 */
export function launchDarklyFlags(ldClient: LaunchDarklyClient): FlagSource {
  return {
    evaluate: async (key, context, defaultValue) => {
      ldClient.track(`$ld:ai:usage:${defaultValue._ldMeta.mode}-config`, context, key, 1)
      return { value: await ldClient.variation(key, context, defaultValue) }
    },
  }
}
