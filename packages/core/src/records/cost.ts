import type { TokenUsage } from './token-usage.ts'

/** Cost of tokens by a price list: a whole number, so sums are exact in any order. */
export interface Cost {
  /** Billionths of a US dollar. */
  readonly nanoUsd: number
  /** The list and its version: `genai-prices@0.1.8`. */
  readonly priceList: string
}

/**
 * Prices tokens. A recorder calls it once for each record with usage; the price stays on the record even if later lists differ.
 * `genaiPrices()` of `@runtape/recorder/genai-prices` returns one.
 *
 * @example
 * ```ts
 * import type { PriceList } from '@runtape/core'
 *
 * const flatRate: PriceList = {
 *   version: 'our-gateway@2026-01',
 *   nanoUsd: (model, _provider, usage) => (model === 'house-model' ? usage.total * 250 : undefined),
 * }
 * ```
 */
export interface PriceList {
  /** The list and its version, as kept on each record that it prices. */
  readonly version: string
  /**
   * The price in billionths of a US dollar (the recorder rounds it once), or `undefined` if the price of any part of the usage is
   * unknown. Zero means free.
   *
   * @param model as named by the provider or the AI config
   * @param provider as named by the AI config; `''` if it names none
   * @param at when the tokens were used, in milliseconds since the Unix epoch
   */
  nanoUsd(model: string, provider: string, usage: TokenUsage, at: number): number | undefined
}
