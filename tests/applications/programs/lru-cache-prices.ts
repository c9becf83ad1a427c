// Prices behind a cache of the process: with a warm cache, fewer requests than in the recording.
import { traced } from '@runtape/trace'
import { LRUCache } from 'lru-cache'
import type { Application } from '../support/application.ts'
import { changing } from '../support/changing.ts'
import { effect } from '../support/effects.ts'

const settings = { currency: 'EUR' }

const askPrice = traced('prices.ask', { mockOnReplay: true }, async (sku: string) => {
  effect('prices ask')
  return { sku, cents: sku.length * 100 }
})

const basket = traced('prices.basket', async (skus: readonly string[]) => {
  const cache = new LRUCache<string, { sku: string; cents: number }>({
    max: 2,
    fetchMethod: sku => askPrice(sku),
  })
  let cents = 0
  for (const sku of skus) cents += (await cache.fetch(sku))?.cents ?? 0
  return { total: `${cents / 100} ${settings.currency}`, cached: cache.size }
})

export const application: Application = {
  name: 'prices behind an lru-cache',
  entry: basket,
  inputs: [[['K-1', 'K-2', 'K-1', 'K-33', 'K-1']], [['T-1', 'T-1', 'T-1']]],
  change: { make: changing(settings, { currency: 'CHF' }), reports: {} },
}
