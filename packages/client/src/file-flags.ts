import { resolve } from 'node:path'
import { consoleLogger, type Logger, type RunContext } from '@runtape/core'
import { messageOf, warnSafely } from '@runtape/core/internal'
import { type FileConfig, parseConfigFile, readConfigFile } from './configs/config-file.ts'
import type { DefaultFlagValue, FlagEvaluation, FlagSource } from './flag-source.ts'
import { pickVariation } from './rollout.ts'
import { warnOnce } from './warn-once.ts'
import { watchFile } from './watch-file.ts'

export interface FileFlagsOptions {
  /** Watch the file for changes. Default: true. */
  readonly watch?: boolean
  readonly logger?: Logger
}

/** AI configs from a file. */
export interface FileFlags extends FlagSource {
  /** Stops watching the file; the last configs are still served. */
  close(): void
}

const maxKeysShown = 20
/** Milliseconds after which a file that is still invalid is reported. */
const brokenMs = 100

/**
 * AI configs from a JSON file, which is read and validated now and after each change. An invalid change is reported, and the last
 * good version remains in use. An unknown config key is reported once, and the default is served. Watching the file does not keep
 * the process alive.
 *
 * The file maps config keys to `{ version?, variations: { name: config }, serve }`, where `serve` is a variation name, or names
 * with weights: `{ "brief": 90, "long": 10 }`. A context always gets the same variation.
 *
 * @throws {RuntapeError} `invalid-config`, naming the file and the path of each problem in it.
 *
 * @example
 * ```ts
 * import { fileFlags } from '@runtape/client'
 *
 * const flags = fileFlags('ai-configs.json')
 * const { variationKey } = await flags.evaluate('support-answer', { kind: 'user', key: 'u-1' }, {
 *   _ldMeta: { enabled: false, variationKey: '', mode: 'completion' },
 * })
 * ```
 */
export function fileFlags(file: string, options: FileFlagsOptions = {}): FileFlags {
  const { logger = consoleLogger } = options
  const warn = warnOnce(logger)
  const path = resolve(file)
  let text = readConfigFile(path, file)
  let configs = parseConfigFile(file, text)

  // A file is briefly invalid while it is written. Only a lasting problem is reported, once.
  let broken: string | undefined
  let reported: string | undefined
  const refuse = (state: string, error: unknown) => {
    if (broken !== state) {
      broken = state
      setTimeout(reload, brokenMs).unref()
    } else if (reported !== state) {
      reported = state
      warnSafely(logger, `${messageOf(error)}\nThe last good version of ${file} remains in use.`)
    }
  }
  const reload = () => {
    let changed = ''
    try {
      changed = readConfigFile(path, file)
      if (changed !== text) configs = parseConfigFile(file, changed)
      text = changed
      broken = undefined
      reported = undefined
    } catch (error) {
      refuse(changed, error)
    }
  }
  const unwatched = (error: unknown) =>
    warnSafely(
      logger,
      `${file} cannot be watched (${messageOf(error)}). It is polled instead: changes are noticed within a second.`,
    )
  const close = options.watch === false ? () => {} : watchFile(path, reload, unwatched)
  // Otherwise changes between the first read and the watch would be missed.
  if (options.watch !== false) reload()

  return {
    close,
    evaluate: async (key, context, defaultValue) => {
      const config = configs.get(key)
      if (config) return evaluateConfig(key, config, context)
      warn(`${file}: no config is named "${key}" (known: ${listOf(configs)}). The default is served.`, key)
      return { value: defaultValue } satisfies { value: DefaultFlagValue }
    },
  }
}

function evaluateConfig(key: string, config: FileConfig, context: RunContext): FlagEvaluation {
  const { serve, variations, version } = config
  const variationKey = typeof serve === 'string' ? serve : pickVariation(serve, key, context)
  const { enabled = true, ...variation } = variations.get(variationKey) ?? {}
  // A copy, so that changes by the application do not reach the next config.
  const value = { _ldMeta: { enabled, variationKey, version }, ...structuredClone(variation) }
  return { value, variationKey, version }
}

function listOf(configs: ReadonlyMap<string, unknown>): string {
  if (configs.size === 0) return 'none'
  const shown = [...configs.keys()].slice(0, maxKeysShown).join(', ')
  const more = configs.size - maxKeysShown
  return more > 0 ? `${shown} and ${more} more` : shown
}
