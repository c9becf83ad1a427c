import { consoleLogger, type RunContext } from '@runtape/core'
import { messageOf, warnSafely } from '@runtape/core/internal'
import { launchDarklyContext } from './context.ts'
import type { FlagSource } from './flag-source.ts'
import type { LaunchDarklyClient } from './launchdarkly-client.ts'

/**
 * AI configs from LaunchDarkly. As in LaunchDarkly's AI SDKs, each evaluation counts as use of an AI config. Wait for the
 * client's initialization first: until then it serves defaults.
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
    evaluate: async (key, given, defaultValue) => {
      const context = launchDarklyContext(given)
      countUse(ldClient, `$ld:ai:usage:${defaultValue._ldMeta.mode}-config`, context, key)
      return { value: await ldClient.variation(key, context, defaultValue) }
    },
  }
}

// A failed count must not prevent the config.
function countUse(ldClient: LaunchDarklyClient, name: string, context: RunContext, key: string): void {
  try {
    ldClient.track(name, context, key, 1)
  } catch (error) {
    warnSafely(consoleLogger, `LaunchDarkly did not count the use of "${key}": ${messageOf(error)}`)
  }
}
