import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { type PriceList, RuntapeError, type TokenUsage } from '@runtape/core'

type GenaiPrices = typeof import('@pydantic/genai-prices')
type Price = NonNullable<ReturnType<GenaiPrices['calcPrice']>>

const packageName = '@pydantic/genai-prices'

/**
 * The price list of the installed `@pydantic/genai-prices`: what OpenAI, Anthropic, Google, Mistral, Amazon Bedrock and
 * others charge by their public lists, cached tokens and long prompts included. It is read when this is called, which
 * takes some 40 ms, and knows nothing of discounts, batches or priority tiers. A provider that it does not know has no
 * price, whatever the model is called; without a provider's name the model's tells. To have newer prices, update the
 * package: an `updatePrices` of the application does not reach this list, so that its version says what it holds.
 *
 * @throws {RuntapeError} `invalid-option` when the package is not installed.
 *
 * @example
 * ```ts
 * import { createRecorder } from '@runtape/recorder'
 * import { genaiPrices } from '@runtape/recorder/genai-prices'
 * import { sqliteStore } from '@runtape/store-sqlite'
 *
 * const recorder = createRecorder({ store: sqliteStore('runtape.db'), prices: genaiPrices() })
 * ```
 */
export function genaiPrices(): PriceList {
  const { list, version } = load()
  return {
    version: `genai-prices@${version}`,
    nanoUsd: (model, provider, usage, at) => nanoUsd(list, model, provider, usage, at),
  }
}

function load(): { list: GenaiPrices; version: string } {
  const require = createRequire(import.meta.url)
  try {
    const path = require.resolve(packageName)
    return { list: require(path) as GenaiPrices, version: versionAbove(dirname(path)) }
  } catch (error) {
    throw new RuntapeError(
      'invalid-option',
      `genaiPrices needs the package ${packageName}, which cannot be loaded. Run npm install ${packageName}, and leave it out of a bundle.`,
      { cause: error },
    )
  }
}

/** The version in the package's own `package.json`, which it does not export. */
function versionAbove(folder: string): string {
  const manifest = readJson(join(folder, 'package.json'))
  if (manifest?.name === packageName) return manifest.version
  if (dirname(folder) === folder) throw new Error(`No package.json of ${packageName} above it.`)
  return versionAbove(dirname(folder))
}

function readJson(path: string): { name: string; version: string } | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as { name: string; version: string }
  } catch {
    return undefined
  }
}

function nanoUsd(
  list: GenaiPrices,
  model: string,
  provider: string,
  usage: TokenUsage,
  at: number,
): number | undefined {
  const id = model.replace(prefix, '')
  const providerId = providerOf(list, id, provider)
  const options = { ...(providerId && { providerId }), timestamp: new Date(at) }
  const price = list.calcPrice(countsOf(usage), id, options)
  return price && isWhole(price, usage) ? price.total_price * 1e9 : undefined
}

/** What stands before the model's own id in an ARN of Bedrock, and in Google's resource names. */
const prefix = /^(arn:.+|models)\//

/** Model ids as only Bedrock has them, with and without a region: `eu.anthropic.claude-…`. */
const bedrockId =
  /^([a-z]{2,6}(-gov)?\.)?(ai21|amazon|anthropic|cohere|deepseek|google|meta|mistral|nvidia|openai|qwen|writer)\./

function providerOf(list: GenaiPrices, id: string, provider: string): string {
  const isKnown = provider === '' || list.findProvider({ providerId: provider, modelId: id }) !== undefined
  if (isKnown && bedrockId.test(id)) return 'aws'
  // The list finds the others by their names.
  return provider === '' && id.startsWith('text-embedding-') ? 'openai' : provider
}

function countsOf({ input, output, cachedInput, cacheWrite, reasoning }: TokenUsage): Record<string, number> {
  return {
    input_tokens: input,
    output_tokens: output,
    ...(cachedInput !== undefined && { cache_read_tokens: cachedInput }),
    ...(cacheWrite !== undefined && { cache_write_tokens: cacheWrite }),
    ...(reasoning !== undefined && { output_reasoning_tokens: reasoning }),
  }
}

/** The list counts tokens that it has no price for as free. Embeddings have a price for input alone. */
function isWhole({ model_price: price }: Price, { input, output, total }: TokenUsage): boolean {
  if (input + output < total) return false
  return (input === 0 || price.input_mtok !== undefined) && (output === 0 || price.output_mtok !== undefined)
}
