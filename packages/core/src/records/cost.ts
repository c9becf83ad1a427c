import type { TokenUsage } from './token-usage.ts'

/** What tokens cost by a price list: a whole number, so that sums are exact in whatever order they are made. */
export interface Cost {
  /** Billionths of a US dollar. */
  readonly nanoUsd: number
  /** The list and its version: `genai-prices@0.1.8`. */
  readonly priceList: string
}

/**
 * Knows what tokens cost. A recorder asks it once for each record that has usage, and the answer stays on the record
 * whatever later lists say. `genaiPrices()` of `@runtape/recorder/genai-prices` is one.
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
   * The price in billionths of a US dollar (the recorder rounds it, once), or `undefined` when the price of any part of
   * the usage is not known. Zero says that it is free.
   *
   * @param model as the provider named it, or as the AI config does
   * @param provider as the AI config names it; `''` when it does not
   * @param at when the tokens were used, in milliseconds since the Unix epoch
   */
  nanoUsd(model: string, provider: string, usage: TokenUsage, at: number): number | undefined
}
