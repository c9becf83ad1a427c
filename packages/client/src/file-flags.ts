import { resolve } from 'node:path'
import { consoleLogger, type Logger, type RunContext } from '@runtape/core'
import { messageOf, warnSafely } from '@runtape/core/internal'
import { type FileConfig, parseConfigFile, readConfigFile } from './config-file.ts'
import type { DefaultFlagValue, FlagEvaluation, FlagSource } from './flag-source.ts'
import { pickVariation } from './rollout.ts'
import { warnOnce } from './warn-once.ts'
import { watchFile } from './watch-file.ts'

export interface FileFlagsOptions {
  /** Follow changes of the file. Default: true. */
  readonly watch?: boolean
  readonly logger?: Logger
}

/** AI configs from a file. */
export interface FileFlags extends FlagSource {
  /** Stops following the file; what was read last goes on being served. */
  close(): void
}

const maxKeysShown = 20
/** A text that is still broken after this time is reported, in milliseconds. */
const brokenMs = 100

/**
 * AI configs from a JSON file: read and validated now, and again whenever it changes. A change that cannot be used is
 * reported and leaves the last good version in force. A config key that the file does not have is reported once, and
 * the default is served. Following the file never keeps the process alive.
 *
 * The file maps config keys to `{ version?, variations: { name: config }, serve }`, where `serve` is the name of a
 * variation, or names with weights: `{ "brief": 90, "long": 10 }`. A context always gets the same variation.
 *
 * @throws {RuntapeError} `invalid-config`, naming the file and the path of what is wrong in it.
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

  // A file that is being written is broken for a moment: only what stays broken is reported, once.
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
  // Changes between the first reading and the watch would be missed.
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
  // A copy: what the application does to its config must not reach the next one.
  const value = { _ldMeta: { enabled, variationKey, version }, ...structuredClone(variation) }
  return { value, variationKey, version }
}

function listOf(configs: ReadonlyMap<string, unknown>): string {
  if (configs.size === 0) return 'none'
  const shown = [...configs.keys()].slice(0, maxKeysShown).join(', ')
  const more = configs.size - maxKeysShown
  return more > 0 ? `${shown} and ${more} more` : shown
}
