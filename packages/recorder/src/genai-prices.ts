import type { PriceList, TokenUsage } from '@runtape/core'
import { type GenaiPricesModule, loadGiven, loadInstalled } from './load-genai-prices.ts'

type Price = NonNullable<ReturnType<GenaiPricesModule['calcPrice']>>

export type { GenaiPricesModule } from './load-genai-prices.ts'

/**
 * The price list of the installed `@pydantic/genai-prices`: public prices of OpenAI, Anthropic, Google, Mistral, Amazon Bedrock
 * and others, including cached tokens and long prompts. It is loaded by this call, which takes about 40 ms. It does not include
 * discounts, batches or priority tiers. Models of an unknown provider have no price, whatever their name; without a provider, the
 * model's name decides. For newer prices update the package: the application's `updatePrices` does not affect this list, so that
 * its version identifies its contents.
 *
 * In a bundle, where packages cannot be looked up, pass the module: `genaiPrices(prices)` after `import * as prices from
 * '@pydantic/genai-prices'`. Do not call its `updatePrices` then.
 *
 * @param module the module, if the bundle contains it. Default: the installed package.
 * @param options `version`: the version of the module, needed where the package is only inside of the bundle
 * @throws {RuntapeError} `invalid-option` if the package is not installed, the module is another one, or its version is unknown.
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
export function genaiPrices(
  module?: GenaiPricesModule,
  options: { readonly version?: string } = {},
): PriceList {
  const { list, version } = module === undefined ? loadInstalled() : loadGiven(module, options.version)
  return {
    version: `genai-prices@${version}`,
    nanoUsd: (model, provider, usage, at) => nanoUsd(list, { model, provider, at }, usage),
  }
}

function nanoUsd(
  list: GenaiPricesModule,
  { model, provider, at }: { readonly model: string; readonly provider: string; readonly at: number },
  usage: TokenUsage,
): number | undefined {
  if (overlaps(usage)) return undefined
  const id = model.replace(prefix, '')
  const providerId = providerOf(list, id, provider)
  const options = { ...(providerId && { providerId }), timestamp: new Date(at) }
  const price = list.calcPrice(countsOf(usage), id, options)
  return price && isWhole(price, usage) ? price.total_price * 1e9 : undefined
}

/** Prefix of the model's id in a Bedrock ARN and in Google's resource names. */
const prefix = /^(arn:.+|models)\//

/** Model ids that only Bedrock uses, with and without a region: `eu.anthropic.claude-…`. */
const bedrockId =
  /^([a-z]{2,6}(-gov)?\.)?(ai21|amazon|anthropic|cohere|deepseek|google|meta|mistral|nvidia|openai|qwen|writer)\./

function providerOf(list: GenaiPricesModule, id: string, provider: string): string {
  const isKnown = provider === '' || list.findProvider({ providerId: provider, modelId: id }) !== undefined
  if (isKnown && bedrockId.test(id)) return 'aws'
  // The list identifies the others by name.
  return provider === '' && id.startsWith('text-embedding-') ? 'openai' : provider
}

/** The list's name of each part, and the rate that it must have. */
const parts = [
  ['cachedInput', 'cache_read_tokens', undefined],
  ['cacheWrite', 'cache_write_tokens', undefined],
  ['cacheWrite1h', 'cache_write_1h_tokens', 'cache_write_1h_mtok'],
  ['reasoning', 'output_reasoning_tokens', undefined],
  ['inputAudio', 'input_audio_tokens', 'input_audio_mtok'],
  ['outputAudio', 'output_audio_tokens', 'output_audio_mtok'],
  ['inputImage', 'input_image_tokens', 'input_image_mtok'],
  ['outputImage', 'output_image_tokens', 'output_image_mtok'],
  ['inputVideo', 'input_video_tokens', 'input_video_mtok'],
  ['outputVideo', 'output_video_tokens', 'output_video_mtok'],
  ['cachedInputAudio', 'cache_audio_read_tokens', 'cache_audio_read_mtok'],
  ['cachedInputImage', 'cache_image_read_tokens', 'cache_image_read_mtok'],
] as const satisfies readonly (readonly [keyof TokenUsage, string, string | undefined])[]

function countsOf(usage: TokenUsage): Record<string, number> {
  const counts: Record<string, number> = { input_tokens: usage.input, output_tokens: usage.output }
  for (const [part, name] of parts) {
    const count = usage[part]
    if (count !== undefined) counts[name] = count
  }
  return counts
}

/**
 * Whether the list has a price for every part. The list counts tokens without a price as free, and those of a modality without a
 * rate as text. Embeddings have only an input price.
 */
function isWhole({ model_price }: Price, usage: TokenUsage): boolean {
  const rates = model_price as Readonly<Record<string, unknown>>
  const { input, output, total } = usage
  if (input + output < total) return false
  if ((input > 0 && rates.input_mtok === undefined) || (output > 0 && rates.output_mtok === undefined))
    return false
  return parts.every(([part, , rate]) => !usage[part] || rate === undefined || rates[rate] !== undefined)
}

/** Whether two parts with separate prices may overlap by an amount that the host did not report. */
function overlaps(usage: TokenUsage): boolean {
  const { cachedInput = 0, cacheWrite = 0, reasoning = 0, cachedInputAudio, cachedInputImage } = usage
  const {
    inputAudio = 0,
    inputImage = 0,
    inputVideo = 0,
    outputAudio = 0,
    outputImage = 0,
    outputVideo = 0,
  } = usage
  const isModal = inputAudio + inputImage + inputVideo > 0
  if (cacheWrite > 0 && isModal) return true
  if (reasoning > 0 && outputAudio + outputImage + outputVideo > 0) return true
  if (cachedInput === 0) return false
  const isUnknown = (part: number, cached: number | undefined) => part > 0 && cached === undefined
  return inputVideo > 0 || isUnknown(inputAudio, cachedInputAudio) || isUnknown(inputImage, cachedInputImage)
}
